// Forks that this device caught, by plan: kept on the device, and told to whatever page is open.
import { useEffect, useSyncExternalStore } from "react";
import { type Fork, recall } from "../../core/proofMemory.ts";

const forks = new Map<string, Fork | null>();
const listeners = new Set<() => void>();

/** Notes what a comparison came to. */
export function tellFork(plan: string, fork: Fork | null): void {
  if ((forks.get(plan) ?? null) === fork) return;
  forks.set(plan, fork);
  for (const listener of listeners) listener();
}

/** The fork that this device caught in a plan, also the one of an earlier visit. */
export function useFork(plan: string): Fork | null {
  useEffect(() => {
    if (forks.has(plan)) return;
    void recall(plan).then((known) => tellFork(plan, known?.fork ?? null));
  }, [plan]);
  return useSyncExternalStore(subscribe, () => forks.get(plan) ?? null);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
