// What this device keeps so that pages open without a connection, and how it is forgotten.
import { useSyncExternalStore } from "react";

/** The cache that the service worker keeps answers of the API in; named there too. */
export const ANSWERS_CACHE = "schrijftafel-answers";

/** Forgets answers that were kept for the person who was signed in. */
export async function forgetKeptAnswers(): Promise<void> {
  if ("caches" in globalThis) await caches.delete(ANSWERS_CACHE);
}

/** Starts the service worker of a built page; while developing there is none. */
export function keepPagesForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => {
    // Without one the pages work, only not offline.
    navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
  });
}

/** Whether the browser says there is a connection. */
export function useOnline(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}
