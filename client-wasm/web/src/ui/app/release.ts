// Whether this window still shows the newest release, and how it goes over to a newer one without losing a word.
//
// Why it exists: a server is renewed while people write. The window goes on with the files of its own release, which
// the service worker keeps for as long as the window holds the lock below; when to load anew is for its reader to say.
import { useSyncExternalStore } from "react";
import { onRefusedVersion, wordsAreKept } from "../../core/client.ts";

/** Before the name of a build: the lock of its windows, and its files with the service worker. */
const PREFIX = "schrijftafel-pages-";
/** How long the worker may take to say which build it is. */
const ANSWER_MS = 5_000;
/** A window that is looked at again asks for a newer release at most so often. */
const ASK_AGAIN_MS = 3_600_000;

/**
 * - `newest`: as far as is known.
 * - `newer`: there is a newer one; this one still works.
 * - `needed`: the server no longer understands this one, or lacks a part that was not loaded yet.
 */
export type Release = "newest" | "newer" | "needed";

let release: Release = "newest";
const listeners = new Set<() => void>();

function learn(next: Release): void {
  if (release === "needed" || release === next) return;
  release = next;
  for (const listener of listeners) listener();
}

/** How this window stands to the newest release. */
export function useRelease(): Release {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => release,
  );
}

/** Loads the page anew once everything typed in this window is on the device or with the server. */
export async function goOver(): Promise<boolean> {
  if (!(await wordsAreKept())) return false;
  window.location.reload();
  return true;
}

/** Watches for newer releases; once, when the page starts. */
export function watchRelease(): void {
  // A part of the page that cannot be loaded: without a connection that passes, else it is gone from the server.
  window.addEventListener("vite:preloadError", () => {
    if (navigator.onLine) void differsFromServer().then((differs) => differs && learn("needed"));
  });
  onRefusedVersion(() => learn("needed"));
  const build = buildOf(document);
  if (build === null || !("serviceWorker" in navigator)) return;
  void navigator.locks.request(PREFIX + build, { mode: "shared" }, () => new Promise(() => undefined));
  navigator.serviceWorker.addEventListener("controllerchange", () => void compare(build));
  let asked = Date.now();
  const ask = () => {
    asked = Date.now();
    void navigator.serviceWorker.getRegistration().then((found) => found?.update()).catch(() => undefined);
  };
  window.addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - asked > ASK_AGAIN_MS) ask();
  });
}

/** The build that a page is of; pages under development are of none. */
function buildOf(page: Document): string | null {
  return page.querySelector<HTMLMetaElement>('meta[name="schrijftafel-build"]')?.content ?? null;
}

async function compare(build: string): Promise<void> {
  const answered = await workersBuild(navigator.serviceWorker.controller);
  if (answered !== null && answered !== build) learn("newer");
}

function workersBuild(worker: ServiceWorker | null): Promise<string | null> {
  if (worker === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => resolve(null), ANSWER_MS);
    port1.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      resolve(typeof data === "string" ? data : null);
    });
    port1.start();
    worker.postMessage("which-build", [port2]);
  });
}

/** Whether the server's first page is of another build than this window. */
async function differsFromServer(): Promise<boolean> {
  const answer = await fetch("/", { cache: "no-store" }).catch(() => null);
  if (answer?.ok !== true) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return buildOf(page) !== buildOf(document);
}
