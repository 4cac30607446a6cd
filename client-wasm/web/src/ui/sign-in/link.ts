// What people paste when they are asked for their sign-in link: the link, the link within a message, or the bare token.

const IN_LINK = /aanmelden(?:#token=|\/)([A-Za-z0-9._~-]+)/;
const BARE = /^[A-Za-z0-9._~-]{16,512}$/;

/** The token in a pasted text, or `null` when there is none. */
export function tokenIn(pasted: string): string | null {
  const text = pasted.trim();
  return IN_LINK.exec(text)?.[1] ?? (BARE.test(text) ? text : null);
}

/** The token of the address one came by, `/aanmelden#token=…` or `/aanmelden/…`. */
export function tokenOfAddress(pathToken: string | undefined, hash: string): string | null {
  return pathToken ?? /^#token=([A-Za-z0-9._~-]+)$/.exec(hash)?.[1] ?? null;
}
