// A window that begins anew because somebody else is signed in now notes whom it showed, to say afterwards why.
//
// Why it exists: a page that turns into another person's by itself looks like a fault. The note is of this window only, and
// is read once: who loads the page anew later knows who is signed in.

/** Where the window notes whom it showed. */
const SHOWED = "schrijftafel-toonde";

const showed = taken();

/** Loads the page anew, for whoever is signed in now. */
export function beginAnew(shown: string | null): void {
  try {
    if (shown !== null) sessionStorage.setItem(SHOWED, shown);
  } catch {
    // Without a place to note it the page begins anew without saying why.
  }
  window.location.reload();
}

/** Whether this page was loaded because somebody else than this person signed in in another window. */
export function isReplacedBy(who: string): boolean {
  return showed !== null && showed !== who;
}

function taken(): string | null {
  try {
    const value = sessionStorage.getItem(SHOWED);
    sessionStorage.removeItem(SHOWED);
    return value;
  } catch {
    return null;
  }
}
