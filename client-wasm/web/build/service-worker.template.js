// Keeps the pages of this build, and the last answers of the server, for when there is no connection.
//
// Files of the build never change under their name, so the kept copy is served first. Pages and answers are asked
// from the server first; the kept copy is for when it cannot be reached. Only what was read is kept, for the person
// who read it: signing in or out empties it. Nothing is ever written through here.
const BUILD = __BUILD__;
const FILES = __FILES__;
const PAGES = `schrijftafel-pages-${BUILD}`;
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
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("schrijftafel-pages-") && name !== PAGES).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (FILES.includes(url.pathname)) event.respondWith(file(request));
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

async function file(request) {
  const kept = await caches.match(request, { cacheName: PAGES, ignoreSearch: true });
  return kept ?? fetch(request);
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
