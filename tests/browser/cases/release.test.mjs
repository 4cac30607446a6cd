// A server that is renewed while a window is open: the window goes on, says so, and loses nothing when it goes over.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, person, startBrowser, until } from "../harness/browser.mjs";
import { Editor, openChapter } from "../harness/editor.mjs";
import { Release } from "../harness/release.mjs";
import { Server } from "../harness/server.mjs";

let server;
let release;
let browser;
let anna;
let chapter;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  release = await Release.of(server);
  anna = await person(browser, release, "writer");
  chapter = anna.plan.chapters.find((each) => each.mayWrite);
  await until("the pages are kept", () => anna.page.evaluate(() => navigator.serviceWorker.controller !== null));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The builds of which this browser keeps files. */
function keptBuilds() {
  return anna.page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("schrijftafel-pages-")));
}

/** The browser looks for a newer worker when it is online again. */
const comesOnline = () => anna.page.evaluate(() => window.dispatchEvent(new Event("online")));

const notice = () => anna.page.locator(".new-release");

test("a window of an older release goes on with its own files, also those it had not loaded yet", async () => {
  const { page, plan } = anna;
  await page.goto(plan.path("plan"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.equal(await notice().count(), 0);
  [release.build, release.gone] = ["newer", /^\/assets\/WritePage-/];
  // The browser's own cache may have the files too, and may not.
  const devtools = await anna.context.newCDPSession(page);
  await devtools.send("Network.clearBrowserCache");
  await comesOnline();
  await notice().getByText("Er is een nieuwe versie van Schrijftafel.").waitFor();
  assert.equal((await keptBuilds()).length, 2, "the older one is in use");
  await assertAccessible(page, "the notice of a newer release");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "the notice of a newer release");
  await page.setViewportSize(DESK);
  // Within the window: the part that writes is loaded now, and the server no longer has it.
  await page.locator(`a[href$="/hoofdstukken/${chapter.id}/schrijven"]`).first().click();
  const editor = new Editor(page, chapter);
  await editor.opened();
  await editor.saved();
});

test("it goes over when its reader says so, with every word", async () => {
  const { page, plan, line } = anna;
  const words = "Vlak voor de nieuwe versie.";
  const editor = new Editor(page, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await line.cut();
  await editor.type(words);
  assert.ok((await editor.text()).includes(words));
  await line.mend();
  release.gone = null;
  await notice().getByRole("button", { name: "Opnieuw laden" }).click();
  await until("the window is of the newer release", () => page.evaluate(() => document.querySelector('meta[name="schrijftafel-build"]')?.content === "newer"));
  await until("its words are at the server", async () => {
    const { document } = await plan.get(`/chapters/${chapter.id}/text`);
    return JSON.stringify(document).includes(words);
  }, { ms: 30_000 });
  await page.goto(plan.path("plan"));
  await until("the files of the older release are gone", async () => (await keptBuilds()).join() === "schrijftafel-pages-newer");
  assert.equal(await notice().count(), 0);
});

test("a server that no longer speaks the window's protocol: what is typed stays, and goes over with a reload", async () => {
  const { page, plan, line } = anna;
  const editor = await openChapter(page, plan, chapter);
  await editor.saved();
  release.refusesProtocol = true;
  await line.cut();
  await line.mend();
  await notice().getByText("Schrijftafel is vernieuwd.").waitFor({ timeout: 30_000 });
  await editor.toEnd();
  await editor.type(" Voor een server die dit niet meer verstaat.");
  assert.equal(await editor.status(), "offline");
  release.refusesProtocol = false;
  await notice().getByRole("button", { name: "Opnieuw laden" }).click();
  await until("the page is loaded anew", async () => (await notice().count()) === 0);
  await editor.opened();
  await editor.saved({ ms: 30_000 });
  assert.match(await editor.text(), /Voor een server die dit niet meer verstaat\./);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual(anna.faults, []);
});
