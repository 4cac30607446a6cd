// What this device caught, by plan: forks, and new lives of a log that lack what it saw. Kept on the device, and told to whatever page is
// open.
import { useEffect, useSyncExternalStore } from "react";
import { acknowledge, type Fork, recall } from "../../core/proofMemory.ts";

/** What was caught of a plan. */
export interface Caught {
  /** The server showed two pasts of one log. */
  readonly fork: Fork | null;
  /** A new life of the log lacks what was seen, and nobody here said to know why. */
  readonly lost: Fork | null;
}

const NOTHING: Caught = { fork: null, lost: null };
const caught = new Map<string, Caught>();
const listeners = new Set<() => void>();

/** Notes what a comparison came to. */
export function tellCaught(plan: string, { fork, lost = null }: { readonly fork: Fork | null; readonly lost?: Fork | null | undefined }): void {
  const known = caught.get(plan) ?? NOTHING;
  if (known.fork === fork && known.lost === lost) return;
  caught.set(plan, { fork, lost });
  for (const listener of listeners) listener();
}

/** The reader knows what happened to what is gone. */
export async function settle(plan: string): Promise<void> {
  await acknowledge(plan);
  tellCaught(plan, { fork: (caught.get(plan) ?? NOTHING).fork, lost: null });
}

/** What this device caught in a plan, also on an earlier visit. */
export function useCaught(plan: string): Caught {
  useEffect(() => {
    if (caught.has(plan)) return;
    void recall(plan).then((known) => tellCaught(plan, known ?? NOTHING));
  }, [plan]);
  return useSyncExternalStore(subscribe, () => caught.get(plan) ?? NOTHING);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
