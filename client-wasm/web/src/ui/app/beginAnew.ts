// A window that begins anew because somebody else is signed in now notes whom it showed, to say so and ask before it goes on.
//
// Why it exists: a page that turns into another person's by itself looks like a fault, and whoever types on types in their own
// name. The note is of this window only, and stays until somebody goes on or signs in here: loading the page anew answers nothing.

/** Where the window notes whom it showed. */
const SHOWED = "schrijftafel-toonde";

/** Loads the page anew, for whoever is signed in now. Whom it showed before nobody went on stays noted. */
export function beginAnew(shown: string | null): void {
  if (shown !== null && showed() === null) noteShown(shown);
  window.location.reload();
}

/** Whether somebody else than this person was shown in this window, and nobody went on in it since. */
export function isReplacedBy(who: string): boolean {
  const before = showed();
  return before !== null && before !== who;
}

/** Somebody goes on in this window, or signed in in it. */
export function forgetShown(): void {
  try {
    sessionStorage.removeItem(SHOWED);
  } catch {
    // Then nothing was noted.
  }
}

function noteShown(shown: string): void {
  try {
    sessionStorage.setItem(SHOWED, shown);
  } catch {
    // Without a place to note it the page begins anew without saying why.
  }
}

function showed(): string | null {
  try {
    return sessionStorage.getItem(SHOWED);
  } catch {
    return null;
  }
}
