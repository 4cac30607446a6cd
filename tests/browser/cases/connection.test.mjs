// Without a server: the first visit already opens offline, a server that is down is said, and pages come back alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, goOffline, goOnline, person, PHONE, picture, signIn, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  anna = await person(browser, server, "writer");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const BANNER = "Geen verbinding.";

test("after the very first visit the page opens without a connection, and comes back by itself", async () => {
  const { page, plan } = anna;
  await page.waitForURL(/voor-mij/);
  await until("the worker keeps what was read", () =>
    page.evaluate(async () => {
      const kept = await caches.match("/api/v1/session", { cacheName: "schrijftafel-answers" });
      return navigator.serviceWorker.controller !== null && kept !== undefined;
    }),
  );
  await goOffline(anna);
  await page.reload();
  await page.getByRole("heading", { name: "Voor mij", level: 1 }).waitFor();
  await page.getByText(BANNER).waitFor();
  const kept = page.getByText(/U ziet wat dit apparaat vandaag \d\d:\d\d ophaalde\./);
  await kept.waitFor();
  assert.doesNotMatch(await kept.innerText(), /schrijft/, "nothing is said of writing where one cannot write");
  await page.goto(plan.path("geschiedenis"));
  await page.getByText("Dit staat niet op dit apparaat. Het opent vanzelf zodra er weer verbinding is.").waitFor();
  assert.equal(await page.getByText(/geen verbinding/i).count(), 1, "that there is no connection is said once");
  assert.equal(await page.getByText(/U ziet wat dit apparaat/).count(), 0, "what is not here is not said to be of some time");
  await picture(page, "offline-history");
  await goOnline(anna);
  await page.locator(".timeline").waitFor();
  await until("the banner goes", async () => (await page.getByText(BANNER).count()) === 0);
});

test("where one part of a page is not on this device, the page says of when the rest is", async () => {
  const { page, plan } = anna;
  await page.goto(plan.path("plan"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await goOffline(anna);
  // What the page kept of the agreements goes; the plan stays.
  await page.evaluate(async () => {
    const cache = await caches.open("schrijftafel-answers");
    for (const asked of await cache.keys()) if (asked.url.endsWith("/commitments")) await cache.delete(asked);
  });
  await page.goto(plan.path("besluiten"));
  await page.getByText("Dit staat niet op dit apparaat. Het opent vanzelf zodra er weer verbinding is.").waitFor();
  await page.getByText(/^Geen verbinding\. U ziet wat dit apparaat vandaag \d\d:\d\d ophaalde\./).waitFor();
  await picture(page, "offline-decisions");
  await goOnline(anna);
  await until("the banner goes", async () => (await page.getByText(BANNER).count()) === 0);
});

test("where one writes, one line says that there is no connection and where the words are", async () => {
  const { page, plan } = anna;
  const chapter = plan.chapters.find((each) => each.mayWrite);
  const editor = await openChapter(page, plan, chapter);
  await editor.saved();
  await goOffline(anna);
  await editor.toEnd();
  await editor.type(" Onderweg getypt.");
  await until("it says so", async () => (await editor.status()) === "offline");
  await page.locator(".saved").getByText(/^Geen verbinding\. .* verstuurd zodra er weer verbinding is\./).waitFor();
  await until("the bar above the page does not", async () => (await page.locator(".offline").count()) === 0);
  await picture(page, "offline-writing");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "writing without a connection on a phone");
  await picture(page, "offline-writing-phone");
  await page.setViewportSize(DESK);
  await page.goto(plan.path("plan"));
  await page.getByText(/^Geen verbinding\. U ziet wat dit apparaat/).waitFor();
  await goOnline(anna);
  await until("the words are sent", async () => JSON.stringify(await plan.get(`/chapters/${chapter.id}/text`)).includes("Onderweg getypt."), { ms: 30_000 });
});

test("without a connection nothing is offered that cannot be opened, and signing out says why it has to wait", async () => {
  const { page, plan } = anna;
  const { id, title } = plan.chapters.find((each) => each.mayWrite && each.mayReadHistory);
  const ways = () => page.getByRole("link", { name: /^Geschiedenis/ }).count();
  for (const path of [`hoofdstukken/${id}`, "plan"]) {
    await page.goto(plan.path(path));
    await page.getByRole("link", { name: /^Geschiedenis/ }).first().waitFor();
  }
  await goOffline(anna);
  await until("the plan offers no history", async () => (await ways()) === 0);
  await page.getByRole("link", { name: title, exact: true }).click();
  await page.getByRole("heading", { name: title, level: 1 }).waitFor();
  await page.getByText(/^U leest/).first().waitFor();
  assert.equal(await ways(), 0, "nor does the chapter");
  assert.equal(await page.getByText(/geen verbinding/i).count(), 1, "that there is no connection is said once");
  await picture(page, "offline-chapter");
  await page.getByRole("link", { name: "Meer" }).click();
  await page.getByText("Alleen met verbinding").first().waitFor();
  assert.equal(await ways(), 0);
  await page.getByText("Afmelden kan alleen met verbinding.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Afmelden" }).isDisabled());
  await assertAccessible(page, "more without a connection");
  await picture(page, "offline-more");
  await goOnline(anna);
  await page.getByRole("link", { name: "Geschiedenis" }).waitFor();
  await until("one can sign out", () => page.getByRole("button", { name: "Afmelden" }).isEnabled());
  assert.equal(await page.getByText("Afmelden kan alleen met verbinding.").count(), 0);
});

test("a server that is down is said at the next thing one does, and back is seen without doing anything", async () => {
  const { page, plan } = anna;
  await page.goto(plan.path("plan"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await server.kill();
  await page.getByRole("link", { name: "Meer" }).click();
  await page.getByText(BANNER).waitFor();
  await picture(page, "server-down");
  await server.start();
  await page.getByRole("link", { name: "Geschiedenis" }).click({ timeout: 40_000 });
  await page.locator(".timeline").waitFor();
  await until("the banner goes", async () => (await page.getByText(BANNER).count()) === 0);
});

test("an answer from before signing in that comes late leaves whoever signed in where they are", async () => {
  const phone = await person(browser, server, null, { serviceWorkers: "block" });
  const { page } = phone;
  // The first question is answered at once, and its answer is on its way until somebody is signed in.
  let isFirst = true;
  let arrive;
  const signedIn = new Promise((go) => (arrive = go));
  const late = new Promise((come) => {
    void page.route("**/api/v1/session", async (route) => {
      if (!isFirst || route.request().method() !== "GET") return route.continue();
      isFirst = false;
      const response = await route.fetch();
      await signedIn;
      await route.fulfill({ response });
      return come(response.status());
    });
  });
  await signIn(page, server.linkFor(anna.me).replace(server.url, phone.line.url));
  await page.waitForURL(/voor-mij/);
  arrive();
  assert.equal(await late, 401);
  await page.waitForTimeout(500);
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Voor mij");
  assert.deepEqual(phone.faults, []);
  await phone.context.close();
});

test("nobody met an uncaught error", () => {
  assert.deepEqual(anna.faults, []);
});
