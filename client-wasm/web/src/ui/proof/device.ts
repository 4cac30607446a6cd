// What this device makes of a signed state, given what it saw before. Pure: memory, server and check are arguments.
import type { Head, Sealed } from "../../core/proofCheck.ts";
import type { Fork, Remembered, Seen } from "../../core/proofMemory.ts";

/** How a signed state goes with what the device saw before. */
export type Outcome =
  /** Nothing was seen before. */
  | { readonly kind: "first" }
  /** It goes on from there, or is it. */
  | { readonly kind: "grown"; readonly since: Seen }
  /** The log began a new life, in which something that was seen is gone or is not the same. */
  | { readonly kind: "restored"; readonly before: Seen }
  /** It does not go on from there, although it says to be the same log. */
  | { readonly kind: "forked"; readonly fork: Fork };

/** What the comparison needs. */
export interface Means {
  /** The hashes between two trees; null when the server says that there is no such tree. */
  readonly ask: (from: number, to: number) => Promise<readonly string[] | null>;
  readonly isGrowth: (earlier: Head, later: Head, path: readonly string[]) => boolean;
  readonly now: () => string;
}

/** Compares, and says what to remember. Throws what `ask` throws: then nothing is known. */
export async function compare(sealed: Sealed, known: Remembered | null, means: Means): Promise<{ outcome: Outcome; next: Remembered }> {
  const { origin, size, root, note } = sealed;
  const now: Seen = { origin, size, root, note, at: means.now() };
  if (known === null) return { outcome: { kind: "first" }, next: { seen: now, fork: null, before: null, lost: null } };
  const { seen, lost = null } = known;
  const further = now.size >= seen.size ? now : seen;
  if (await goesOn(seen, now, means)) {
    const { before } = known;
    const next = { seen: seen.origin === origin ? further : now, fork: null, before, lost };
    return { outcome: before === null ? { kind: "grown", since: seen } : { kind: "restored", before }, next };
  }
  // Another life of the log is declared in its own history. Whoever runs the server can begin one to leave something out or write
  // it anew, so what is missing of what this device saw is told until somebody says to know why; the first loss is told first.
  if (seen.origin !== origin) return { outcome: { kind: "restored", before: seen }, next: { seen: now, fork: null, before: seen, lost: lost ?? { seen, now } } };
  const fork = { seen, now };
  return { outcome: { kind: "forked", fork }, next: { ...known, fork } };
}

async function goesOn(seen: Seen, now: Seen, { ask, isGrowth }: Means): Promise<boolean> {
  if (seen.size === now.size) return seen.root === now.root;
  const [earlier, later] = seen.size < now.size ? [seen, now] : [now, seen];
  const path = await ask(earlier.size, later.size);
  return path !== null && isGrowth(earlier, later, path);
}
