// Reading without a connection: what this device has of a chapter is read with its date, also where only the writing page
// was visited, and the newest of two copies.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { PHONE, picture, startBrowser, person, until } from "../harness/browser.mjs";
import { Device } from "../harness/device.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

const COPY = /^U leest de tekst zoals die op dit apparaat staat, bijgewerkt tot vandaag \d\d:\d\d\.$/;

let server;
let browser;
let anna;
let team;
let written;
let fresh;
let unseen;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, team] = await Promise.all([Device.of(server, "writer"), person(browser, server, "programme")]);
  written = anna.plan.chapters.find((chapter) => chapter.mayWrite);
  fresh = await team.plan.post("/chapters", { title: "Welzijn in de wijk", teamId: written.teamId });
  unseen = await team.plan.post("/chapters", { title: "Wonen met zorg", teamId: written.teamId });
});

after(async () => {
  await anna?.discard();
  await browser?.close();
  await server?.stop();
});

/** Opens the reading page of a chapter. */
async function read(chapter) {
  await anna.page.goto(anna.plan.path(`hoofdstukken/${chapter.id}`));
  await anna.page.getByRole("heading", { name: chapter.title, level: 1 }).waitFor();
}

test("a chapter that was read before it was written in, and one that was never read, are both read from the device", async () => {
  await anna.keepsPages();
  await read(written);
  await anna.page.getByText(/^U leest: concept van/).waitFor();
  const editor = await openChapter(anna.page, anna.plan, written);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Na het lezen geschreven.");
  await editor.saved();
  const other = await openChapter(anna.page, anna.plan, fresh);
  await other.toEnd();
  await other.type("Nooit gelezen, wel geschreven.");
  await other.saved();
  await anna.stop();
  await anna.line.cut();
  await anna.start();
  await read(written);
  await anna.page.getByText("Na het lezen geschreven.").waitFor({ timeout: 30_000 });
  await anna.page.getByText(COPY).waitFor();
  assert.equal(await anna.page.getByText(/geen verbinding/i).count(), 1, "that there is no connection is said once");
  await picture(anna.page, "reading-offline");
  await assertAccessible(anna.page, "reading the device's own copy");
  await anna.page.setViewportSize(PHONE);
  await assertFitsWidth(anna.page, "reading the device's own copy on a phone");
  await picture(anna.page, "reading-offline-phone");
  await anna.page.setViewportSize({ width: 1280, height: 860 });
  await read(fresh);
  await anna.page.getByText("Nooit gelezen, wel geschreven.").waitFor({ timeout: 30_000 });
  await anna.page.getByText(COPY).waitFor();
});

test("a chapter that was never opened here says so in the plan and where it is opened", async () => {
  const { page } = anna;
  await page.goto(anna.plan.path("plan"));
  const card = ({ title }) => page.locator("article.chapter").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
  await card(unseen).getByText("Niet op dit apparaat").waitFor();
  for (const here of [written, fresh]) assert.equal(await card(here).getByText("Niet op dit apparaat").count(), 0, here.title);
  await picture(page, "plan-offline");
  await assertAccessible(page, "the plan without a connection");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "the plan without a connection on a phone");
  await picture(page, "plan-offline-phone");
  await page.setViewportSize({ width: 1280, height: 860 });
  await read(unseen);
  await page.getByText("Dit hoofdstuk staat niet op dit apparaat").waitFor();
  await picture(page, "not-on-this-device");
  await page.goto(anna.plan.path(`hoofdstukken/${unseen.id}/schrijven`));
  await page.getByText("Dit hoofdstuk staat niet op dit apparaat").waitFor();
  assert.equal(await page.getByRole("textbox", { name: /^Tekst van/ }).count(), 0, "there is no empty page to write on");
  await picture(page, "not-on-this-device-writing");
});

test("what was typed without a connection is in it, and back online one reads what the server has", async () => {
  const editor = await openChapter(anna.page, anna.plan, fresh);
  await editor.toEnd();
  await editor.type(" Zonder verbinding erbij.");
  await until("the words wait on the device", async () => (await editor.status()) === "offline");
  await read(fresh);
  await anna.page.getByText("Nooit gelezen, wel geschreven. Zonder verbinding erbij.").waitFor({ timeout: 30_000 });
  await anna.line.mend();
  await anna.page.getByText(/^U leest: concept van/).waitFor({ timeout: 60_000 });
  assert.equal(await anna.page.getByText(COPY).count(), 0);
  await anna.page.goto(anna.plan.path("plan"));
  await anna.page.getByRole("heading", { name: unseen.title, exact: true }).waitFor();
  assert.equal(await anna.page.getByText("Niet op dit apparaat").count(), 0, "with a connection it does not matter");
  await read(fresh);
  await anna.page.getByText("Nooit gelezen, wel geschreven. Zonder verbinding erbij.").waitFor({ timeout: 30_000 });
  assert.deepEqual([...anna.faults, ...team.faults], []);
});
