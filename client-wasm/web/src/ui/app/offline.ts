// What this device keeps so that pages open without a connection, and how it is forgotten.
import { useEffect, useRef, useSyncExternalStore } from "react";
import { addressesRead } from "../../api/client.ts";
import { connection } from "../../api/connection.ts";
import { deskState, onDeskState } from "../../core/client.ts";

/** The cache that the service worker keeps answers of the API in; named there too. */
export const ANSWERS_CACHE = "schrijftafel-answers";

/** Forgets answers that were kept for the person who was signed in. */
export async function forgetKeptAnswers(): Promise<void> {
  if ("caches" in globalThis) await caches.delete(ANSWERS_CACHE);
}

/** Where this device notes, per plan, up to which erasure it has let go of what it kept. */
const ERASED = "schrijftafel-gewist:";

/**
 * Forgets kept answers when content was erased since this device last did so: what may not stand in the history may
 * not stand here either. Done whenever a plan is read, so at the latest when the device is next online.
 */
export function forgetWhatWasErased(planId: string, lastErasure: number | null): void {
  if (lastErasure === null) return;
  try {
    if (Number(localStorage.getItem(ERASED + planId) ?? "-1") >= lastErasure) return;
    void forgetAndAskAgain().then(() => localStorage.setItem(ERASED + planId, String(lastErasure)));
  } catch {
    // Without a place to note it, it is done every time.
    void forgetAndAskAgain();
  }
}

/** How many answers are asked for again at most: a plan with its chapters and commitments, as one person looks at it. */
const ASKED_AGAIN_MAX = 200;

/** What the server says now is free of what was erased; without it what was visited would not open without a connection. */
async function forgetAndAskAgain(): Promise<void> {
  const kept = await keptAddresses();
  await forgetKeptAnswers();
  for (const address of new Set([...addressesRead(), ...kept].slice(0, ASKED_AGAIN_MAX))) askToKeep(address);
}

async function keptAddresses(): Promise<string[]> {
  if (!("caches" in globalThis) || !(await caches.has(ANSWERS_CACHE))) return [];
  const cache = await caches.open(ANSWERS_CACHE);
  return (await cache.keys()).map(({ url }) => url);
}

/** Of which chapters of a plan this device keeps the text as it was read last. */
export async function textsKeptHere(planId: string): Promise<string[]> {
  const addresses = (await keptAddresses()).map((address) => new URL(address));
  // A text of a moment in the past is another text.
  const kept = addresses.filter(({ search }) => search === "").map(({ pathname }) => /^\/api\/v1\/plans\/([^/]+)\/chapters\/([^/]+)\/text$/.exec(pathname));
  return kept.flatMap((found) => (found?.[1] === planId && found[2] !== undefined ? [found[2]] : []));
}

/**
 * Asks the server as soon as there is reason to think that it answers: the browser says that there is a network again, or
 * the worker has a connection while the last request of this page came to nothing.
 */
export function watchConnection(): void {
  window.addEventListener("online", () => void connection.ask());
  let knewBetter = false;
  const look = () => {
    const knowsBetter = deskState().isConnected && !connection.answers;
    if (knowsBetter && !knewBetter) void connection.ask();
    knewBetter = knowsBetter;
  };
  onDeskState(look);
  connection.subscribe(look);
}

/** Starts the service worker of a built page; while developing there is none. */
export function keepPagesForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  if (navigator.serviceWorker.controller === null) {
    navigator.serviceWorker.addEventListener("controllerchange", keepWhatWasAsked, { once: true });
    // A worker that starts takes over the windows that are open, but not one that is just opening.
    void navigator.serviceWorker.ready.then(({ active }) => {
      if (navigator.serviceWorker.controller === null) active?.postMessage("take-over");
    });
  }
  window.addEventListener("load", () => {
    // Without one the pages work, only not offline.
    navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
  });
}

/**
 * Asks again for what this page asked for before the worker was there to keep it: the first visit is also one that
 * opens without a connection afterwards.
 */
function keepWhatWasAsked(): void {
  for (const address of addressesRead()) askToKeep(address);
}

/** Keeps the answer to who is signed in, which signing in itself does not ask for. */
export function keepSession(): void {
  askToKeep("/api/v1/session");
}

/** Asks for the sake of the worker, which keeps the answer. Read to its end: else the connection stays taken. */
function askToKeep(address: string): void {
  fetch(address, { credentials: "same-origin" })
    .then((answer) => answer.arrayBuffer())
    .catch(() => undefined);
}

/** Whether there is a connection, as far as the browser and the last request know. */
export function useOnline(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine && connection.answers);
}

/** When the server gave what is shown from this device; null when that is not known. */
export function useKeptAt(): Date | null {
  return useSyncExternalStore(subscribe, () => connection.keptAt);
}

/** How many places on the page say something just now; whoever would say it too asks first. */
class Sayers {
  #count = 0;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly isSaid = (): boolean => this.#count > 0;

  /** Until the answer is called. */
  say(): () => void {
    this.#add(1);
    return () => this.#add(-1);
  }

  #add(change: number): void {
    this.#count += change;
    for (const listener of this.#listeners) listener();
  }
}

const missing = new Sayers();
const offline = new Sayers();

/** Says, for as long as it is on the page, that something is not on this device. */
export function useSaysMissing(): void {
  useEffect(() => missing.say(), []);
}

/** Whether the page says that something is not on this device: then nobody says of when what it shows is. */
export function useIsMissing(): boolean {
  return useSyncExternalStore(missing.subscribe, missing.isSaid);
}

/** Says on the page, for as long as that is so, that there is no connection. */
export function useSaysOffline(says: boolean): void {
  useEffect(() => (says ? offline.say() : undefined), [says]);
}

/** Whether the page says itself that there is no connection: then no bar above it does. */
export function useIsSaidOffline(): boolean {
  return useSyncExternalStore(offline.subscribe, offline.isSaid);
}

/** Calls `back` whenever the connection is there again. */
export function useBackOnline(back: () => void): void {
  const online = useOnline();
  const before = useRef(online);
  useEffect(() => {
    if (online && !before.current) back();
    before.current = online;
  }, [online, back]);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  const forget = connection.subscribe(listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
    forget();
  };
}
