// The earlier text of a chapter is erased while the device of one writer is away: the page says that it has not confirmed, it
// lets go without that writer opening the chapter, and then it is off the list.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, goOffline, goOnline, PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { kept } from "../harness/kept.mjs";
import { Server } from "../harness/server.mjs";

const SECRET = "Bel mevrouw Jansen op 06 12345678.";
const WORD = "Jansen";

let server;
let browser;
let anna;
let bram;
let asker;
let approver;
let chapter;
let id;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram, asker, approver] = await Promise.all(["writer", "secondWriter", "programme", "secondProgramme"].map((who) => person(browser, server, who)));
  const writable = new Set(bram.plan.chapters.filter((each) => each.mayWrite).map((each) => each.id));
  chapter = anna.plan.chapters.find((each) => each.mayWrite && writable.has(each.id));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The request as the programme team sees it on its page. */
async function card() {
  const { page, plan } = approver;
  await page.goto(plan.path("beheer/gegevens-wissen"));
  const found = page.locator(".card--small", { hasText: "naam van een inwoner" });
  await found.locator(".badge", { hasText: /^Gewist$/ }).waitFor();
  return found;
}

async function devices() {
  const { text } = await approver.plan.get(`/erasures/${id}`);
  return text.devices;
}

test("two devices store a name; one of them goes away and has the chapter not open", async () => {
  const [editor, reader] = await Promise.all([openChapter(anna.page, anna.plan, chapter), openChapter(bram.page, bram.plan, chapter)]);
  await editor.toEnd();
  await anna.page.keyboard.insertText(SECRET);
  await editor.saved();
  await agree([editor, reader]);
  await until("both devices store it", async () => (await kept(anna.page)).includes(WORD) && (await kept(bram.page)).includes(WORD));
  await bram.page.goto("about:blank");
  await goOffline(bram);
  await editor.after(SECRET);
  for (const _ of SECRET) await editor.press("Backspace");
  await editor.saved();
});

test("the text is erased, and the page says which device has not confirmed and what is closed", async () => {
  const body = { textOf: chapter.id, ground: "unlawful", explanation: "naam van een inwoner" };
  ({ id } = await asker.plan.post("/erasures", body));
  await approver.plan.post(`/erasures/${id}/decisions`, { decision: "approve" });
  await until("the device that is here has confirmed", async () => (await devices())?.confirmed === 1, { ms: 30_000 });
  assert.ok(!(await kept(anna.page)).includes(WORD), "it said so after it let go");
  const shown = await card();
  await shown.getByText("1 apparaat dat de tekst had, heeft bevestigd dat die daar weg is.").waitFor();
  await shown.getByText("1 apparaat heeft dat nog niet bevestigd").waitFor();
  await shown.getByText(`Apparaat van ${bram.me.person.name} (${bram.me.party.name}), het laatst gezien vandaag`).waitFor();
  await shown.getByText(/^Afgesloten: alles van .* tot .*\.$/).waitFor();
  await assertAccessible(approver.page, "devices that have not confirmed");
  await picture(approver.page, "erasing-devices");
  await approver.page.setViewportSize(PHONE);
  await assertFitsWidth(approver.page, "devices that have not confirmed");
  await approver.page.setViewportSize(DESK);
});

test("the server remembers which device it waits for when it is killed", async () => {
  await until("it is written down", async () => (await devices()).unconfirmed.length === 1);
  await new Promise((go) => setTimeout(go, 3_000));
  await server.kill();
  await server.start();
  const known = await until("the server answers", devices);
  assert.deepEqual([known.confirmed, known.unconfirmed.map(({ person }) => person.id)], [1, [bram.me.person.id]]);
});

test("the device comes back, lets go without the chapter being opened, and is off the list that somebody looks at", async () => {
  const looked = await card();
  await looked.getByText("1 apparaat heeft dat nog niet bevestigd").waitFor();
  await goOnline(bram);
  await bram.page.goto(bram.plan.path("plan"));
  // Without loading the page anew.
  await looked.getByText("2 apparaten die de tekst hadden, hebben bevestigd dat die daar weg is.").waitFor({ timeout: 30_000 });
  await until("the device has confirmed", async () => (await devices()).confirmed === 2, { ms: 30_000 });
  const stored = await kept(bram.page);
  assert.ok(!stored.includes(WORD), "no value of any store holds the name");
  assert.deepEqual((await devices()).unconfirmed, []);
  const shown = await card();
  await shown.getByText("2 apparaten die de tekst hadden, hebben bevestigd dat die daar weg is.").waitFor();
  assert.equal(await shown.getByText("nog niet bevestigd").count(), 0);
  const reader = await openChapter(bram.page, bram.plan, chapter);
  assert.ok(!(await reader.text()).includes(WORD), "opened again, it is the fresh text");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...asker.faults, ...approver.faults], []);
});
