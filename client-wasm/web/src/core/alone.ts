// One worker at a time owns what this device keeps for a person: a lock says which.
//
// Why it exists: two workers on one store would write over each other's snapshots and could write under one actor.
// Windows of one release share a worker. A worker of another release, or of another window where the browser has no
// shared workers, asks the owner to step down; one that does not answer is put aside.

/** How long the owner may take to store what it has under way. */
const STEP_DOWN_MS = 5_000;

/** What the owner of a store does when it is no longer that. */
export interface Owner {
  /** Stores what is under way; the lock goes to the other one afterwards. */
  readonly stepDown: () => Promise<void>;
  /** The lock was taken: nothing may be stored any more. */
  readonly putAside: () => void;
}

/**
 * Waits until this worker alone owns the store of that name. `owner` hears when that ends. Answers whether it does: a
 * page without TLS has no locks.
 */
export async function beAlone(name: string, owner: Owner): Promise<boolean> {
  if (!("locks" in navigator)) return false;
  const lock = `schrijftafel-desk ${name}`;
  const channel = new BroadcastChannel(lock);
  const leaving = new AbortController();
  const left = new Promise<undefined>((resolve) => {
    leaving.signal.addEventListener("abort", () => resolve(undefined));
  });
  channel.postMessage("step-down");
  if (!(await owned(lock, owner, left))) await taken(lock, owner, left);
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (data === "step-down") void owner.stepDown().finally(() => leaving.abort());
  });
  return true;
}

/** Waits for the lock and holds it until `left`; answers false when the owner does not let go in time. */
function owned(lock: string, owner: Owner, left: Promise<undefined>): Promise<boolean> {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const late = setTimeout(() => {
      waiting.abort();
      resolve(false);
    }, STEP_DOWN_MS);
    navigator.locks
      .request(lock, { signal: waiting.signal }, () => {
        clearTimeout(late);
        resolve(true);
        return left;
      })
      .catch(() => {
        if (!waiting.signal.aborted) owner.putAside();
      });
  });
}

/** Takes the lock from an owner that does not answer. */
function taken(lock: string, owner: Owner, left: Promise<undefined>): Promise<void> {
  return new Promise((resolve) => {
    navigator.locks
      .request(lock, { steal: true }, () => {
        resolve();
        return left;
      })
      .catch(() => owner.putAside());
  });
}
