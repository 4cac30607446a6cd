// What this device remembers of each plan's log: the furthest signed state it checked, and a fork it caught.
//
// Why it exists: a server can show everybody a past that holds together, and another one to each. Whoever remembers
// what they saw notices. A database of its own: the editor's is opened by a worker, at a version of its own.
import type { Head } from "./proofCheck.ts";

/** A signed state that this device checked. */
export interface Seen extends Head {
  readonly origin: string;
  readonly note: string;
  /** When this device saw it. */
  readonly at: string;
}

/** Two signed states of which one does not go on from the other: the server showed two pasts, or a new life of the log lacks what was seen. */
export interface Fork {
  readonly seen: Seen;
  readonly now: Seen;
}

/** What is remembered of a plan. */
export interface Remembered {
  readonly seen: Seen;
  readonly fork: Fork | null;
  /** What was seen of an earlier life of the log that this one does not go on from. */
  readonly before: Seen | null;
  /** The same with what was shown instead, until the reader says to know what happened. Not there in what older pages wrote. */
  readonly lost?: Fork | null;
}

const NAME = "schrijftafel-proof";
const STORE = "seen";

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB refused a request")));
  });
}

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.addEventListener("upgradeneeded", () => void request.result.createObjectStore(STORE));
    done(request).then(resolve, reject);
  });
  return opened;
}

/** What this device remembers of a plan; nothing on the first visit, or where the browser keeps nothing. */
export async function recall(plan: string): Promise<Remembered | null> {
  try {
    const store = (await open()).transaction(STORE).objectStore(STORE);
    return ((await done(store.get(plan))) as Remembered | undefined) ?? null;
  } catch {
    return null;
  }
}

/**
 * Remembers `next`, which was made from `known`; false when something else is remembered by now. Asking the server takes its time, and
 * meanwhile another page may have gone further, or the reader said to know what became of what is gone: then one compares again.
 */
export async function remember(plan: string, known: Remembered | null, next: Remembered): Promise<boolean> {
  try {
    const store = (await open()).transaction(STORE, "readwrite", { durability: "strict" }).objectStore(STORE);
    const stored = ((await done(store.get(plan))) as Remembered | undefined) ?? null;
    if (JSON.stringify(stored) !== JSON.stringify(known)) return false;
    await done(store.put(next, plan));
  } catch {
    // Without a memory this device cannot notice a fork; the pages say so nowhere, for most browsers have one.
  }
  return true;
}

/** The reader knows what became of what this device saw: it raises no alarm any more. */
export async function acknowledge(plan: string): Promise<void> {
  try {
    const store = (await open()).transaction(STORE, "readwrite", { durability: "strict" }).objectStore(STORE);
    const known = (await done(store.get(plan))) as Remembered | undefined;
    if (known !== undefined) await done(store.put({ ...known, lost: null }, plan));
  } catch {
    // What this browser does not keep it does not tell again either.
  }
}
