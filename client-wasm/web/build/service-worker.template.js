// Keeps the pages of this build, and the last answers of the server, for when there is no connection.
//
// Files of the build never change under their name, so the kept copy is served first. Pages and answers are asked
// from the server first; the kept copy is for when it cannot be reached. Only what was read is kept, for the person
// who read it: signing in or out empties it. Nothing is ever written through here.
//
// A newer release takes over at once, and windows of an older one go on: a window holds a lock named after its build,
// and the files of a build stay as long as somebody holds its lock, because the server no longer has them.
const BUILD = __BUILD__;
const FILES = __FILES__;
/** Before the name of a build: its files here, and the lock of its windows (`src/ui/app/release.ts`). */
const PREFIX = "schrijftafel-pages-";
const PAGES = PREFIX + BUILD;
const ANSWERS = "schrijftafel-answers";
/** Answers that pages need to open at all; histories and exports are not kept. */
const KEPT = /^\/api\/v1\/(session|plans|plans\/[^/]+|plans\/[^/]+\/(for-me|commitments|rights)|plans\/[^/]+\/commitments\/[^/]+(\/changes)?|plans\/[^/]+\/chapters\/[^/]+(\/text)?)$/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(PAGES)
      .then((cache) => cache.addAll(FILES.map((name) => new Request(name, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim().then(dropReleases));
});

/**
 * A window asks which build this is: another one than its own means that it is of an older release. And one that was still opening
 * when this worker took over says so: it would be served by nobody until it is loaded anew.
 */
self.addEventListener("message", (event) => {
  if (event.data === "which-build") event.ports[0]?.postMessage(BUILD);
  if (event.data === "take-over") event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(page(request));
    event.waitUntil(dropReleases());
  } else if (FILES.includes(url.pathname) || url.pathname.startsWith("/assets/")) event.respondWith(file(request));
  else if (KEPT.test(url.pathname)) event.respondWith(answer(request));
});

async function page(request) {
  try {
    return await fetch(request);
  } catch (unreachable) {
    const kept = await caches.match("/", { cacheName: PAGES });
    if (kept === undefined) throw unreachable;
    return kept;
  }
}

/** Names of assets carry a hash of their content, so any release's copy is the right one; else this build's goes first. */
async function file(request) {
  const own = await caches.match(request, { cacheName: PAGES, ignoreSearch: true });
  return own ?? (await ofOlder(request)) ?? fetch(request);
}

async function ofOlder(request) {
  for (const cacheName of await releases()) {
    const kept = await caches.match(request, { cacheName, ignoreSearch: true });
    if (kept !== undefined) return kept;
  }
  return undefined;
}

/** The other releases of which files are kept. */
async function releases() {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PAGES);
}

/** Lets go of the files of releases that no window shows any more. */
async function dropReleases() {
  const others = await releases();
  if (others.length === 0) return;
  const { held = [] } = await navigator.locks.query();
  const shown = new Set(held.map(({ name }) => name));
  await Promise.all(others.filter((name) => !shown.has(name)).map((name) => caches.delete(name)));
}

async function answer(request) {
  let response;
  try {
    response = await fetch(request);
  } catch (unreachable) {
    const kept = await caches.match(request, { cacheName: ANSWERS });
    if (kept === undefined) throw unreachable;
    // The page is to know that the server itself did not say this.
    const headers = new Headers(kept.headers);
    headers.set("X-Schrijftafel-Kept", "1");
    return new Response(kept.body, { status: kept.status, headers });
  }
  if (response.ok) {
    const copy = response.clone();
    const cache = await caches.open(ANSWERS);
    await cache.put(request, copy);
  }
  return response;
}
