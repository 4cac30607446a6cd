// A device that cannot be relied on: the browser may throw away what it keeps, has hardly any room, or takes nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "../harness/accessibility.mjs";
import { goOffline, goOnline, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let chapter;
let devtools;

/** Chromium tells every site that there is a fixed amount of room; with this it says how much there is. */
const TRUE_ROOM = "--disable-features=StaticStorageQuota";
/** How long Chromium goes by what it knew of the room before. */
const OLD_ROOM_MS = 31_000;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser(TRUE_ROOM)]);
  anna = await person(browser, server, "writer");
  chapter = anna.plan.chapters.find((each) => each.mayWrite);
  devtools = await anna.context.newCDPSession(anna.page);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** How many bytes the browser lets the site keep; without a number as many as it likes. */
async function room(quotaSize) {
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: anna.line.url, ...(quotaSize === undefined ? {} : { quotaSize }) });
}

const says = (words) => anna.page.getByText(words).first();

test("words that are only here are said to be so, unless the browser promises to keep them", async () => {
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.saved();
  await goOffline(anna);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Alleen op dit apparaat.");
  await says("Uw woorden staan alleen op dit apparaat").waitFor();
  await assertAccessible(anna.page, "words that are only here");
  await goOnline(anna);
  await editor.saved({ ms: 30_000 });
  assert.equal(await says("Uw woorden staan alleen op dit apparaat").count(), 0, "nothing waits any more");
  const { targetInfo } = await devtools.send("Target.getTargetInfo");
  const whole = await browser.newBrowserCDPSession();
  await whole.send("Browser.grantPermissions", { origin: anna.line.url, browserContextId: targetInfo.browserContextId, permissions: ["durableStorage"] });
  await anna.page.reload();
  await editor.saved();
  await goOffline(anna);
  await editor.toEnd();
  await editor.type(" En nog wat.");
  await until("the words wait", async () => (await editor.status()) === "offline");
  await anna.page.waitForTimeout(1_000);
  assert.equal(await anna.page.evaluate(() => navigator.storage.persisted()), true, "the page asked for it");
  assert.equal(await says("Uw woorden staan alleen op dit apparaat").count(), 0);
  await goOnline(anna);
  await editor.saved({ ms: 30_000 });
});

test("a device that is nearly full is said to be so while writing", async () => {
  const { usage } = await anna.page.evaluate(() => navigator.storage.estimate());
  await room(usage + 5_000_000);
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await says("Dit apparaat is bijna vol").waitFor();
  await editor.saved();
  await room();
});

test("a device that takes nothing: what is typed goes to the server, and without one typing ends with the words in sight", async () => {
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.saved();
  await editor.toEnd();
  await editor.press("Enter");
  await editor.saved();
  await room(1);
  await anna.page.waitForTimeout(OLD_ROOM_MS);
  await editor.type("Terwijl het apparaat vol is.");
  await says("Dit apparaat kan niets meer bewaren").waitFor();
  await until("the server has it", async () => JSON.stringify((await anna.plan.get(`/chapters/${chapter.id}/text`)).document).includes("Terwijl het apparaat vol is."));
  // Cut off within the pause after the last letter: what is still open goes nowhere.
  await editor.type(" Net te laat.", { delay: 0 });
  await goOffline(anna);
  const taken = anna.page.locator("blockquote.refused");
  await until("one cannot write", async () => !(await editor.canWrite()));
  assert.match(await editor.text(), /Terwijl het apparaat vol is\. Net te laat\./);
  await until("what was typed last is in sight", async () => (await taken.count()) === 1, { ms: 5_000 });
  assert.match(await taken.innerText(), /laat\.$/);
  await says("Nog nergens bewaard: dit apparaat kan niets meer bewaren").waitFor();
  assert.doesNotMatch(await anna.page.locator("body").innerText(), /apparaat bewaard|blijft bewaard/, "nothing is promised that is not so");
  // Beside the text stands the way to the words, unless they are seen already.
  const pointer = anna.page.getByRole("button", { name: "Bekijk en kopieer ze" });
  const title = anna.page.locator(".notice__title", { hasText: "Deze woorden zijn nog nergens bewaard" });
  const isSeen = () => title.evaluate((at) => at.getBoundingClientRect().top >= 0 && at.getBoundingClientRect().bottom <= window.innerHeight);
  await until("the words are seen, or pointed at", async () => (await isSeen()) || (await pointer.isVisible()));
  if (await pointer.isVisible()) await pointer.click();
  await until("the words are in sight", isSeen);
  await assertAccessible(anna.page, "words that are nowhere");
  await picture(anna.page, "device-full");
  // Room again: what waited is stored, one may write, and it is sent in the end.
  await room();
  await until("one may write again", () => editor.canWrite(), { ms: 30_000 });
  assert.equal(await taken.count(), 0);
  await editor.toEnd();
  await editor.type(" Weer ruimte.");
  const text = await editor.text();
  await goOnline(anna);
  await editor.saved({ ms: 30_000 });
  assert.equal(await editor.text(), text);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual(anna.faults, []);
});
