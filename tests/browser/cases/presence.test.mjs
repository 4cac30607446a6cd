// Who is in a chapter: each person once, named before the chapter is frozen under their hands, and to nobody who signs in after.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "../harness/accessibility.mjs";
import { nameOf, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let bram;
let team;
let chapter;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram, team] = await Promise.all(["writer", "secondWriter", "programme"].map((who) => person(browser, server, who)));
  const frozen = team.plan.chapters.filter((each) => each.mayChangeStateTo.includes("frozen"));
  chapter = anna.plan.chapters.find(({ id, mayWrite }) => mayWrite && bram.plan.chapters.some((each) => each.id === id && each.mayWrite) && frozen.some((each) => each.id === id));
  assert.ok(chapter, "a chapter that both may write and the programme team may freeze");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const heard = (page) => page.locator(".only-heard[role=status]").last();

test("somebody on two devices stands there once, and the second neither comes nor goes", async () => {
  await openChapter(anna.page, anna.plan, chapter);
  await openChapter(bram.page, bram.plan, chapter);
  const here = anna.page.locator(".present li");
  await until("Bram is there", async () => (await here.count()) === 1);
  await until("Bram was announced", async () => (await heard(anna.page).textContent()).includes("erbij gekomen"));
  const phone = await browser.newContext({ locale: "nl-NL", baseURL: bram.line.url, storageState: await bram.context.storageState() });
  const second = await phone.newPage();
  const editor = await openChapter(second, bram.plan, chapter);
  await editor.toEnd();
  await editor.type("Van het tweede apparaat.");
  await until("Anna has what the second device wrote", async () => (await anna.page.locator(".desk__text").textContent()).includes("Van het tweede apparaat."));
  await until("its cursor is there", async () => (await anna.page.locator(".desk__text .cursor").count()) >= 1);
  assert.deepEqual(await here.locator("b").allTextContents(), [bram.me.person.name]);
  await picture(anna.page, "present-once");
  await phone.close();
});

test("the outline says who is in a chapter, to whoever may open it, until they leave", async () => {
  const { page, plan } = team;
  const names = [anna, bram].map(nameOf);
  const line = page.locator("article", { has: page.getByRole("heading", { name: chapter.title, level: 3 }) }).getByText(/^Nu hier: /);
  await page.goto(plan.path("plan"));
  await line.waitFor();
  for (const name of names) assert.ok((await line.textContent()).includes(name), name);
  await assertAccessible(page, "who is where");
  await picture(page, "who-is-where");
  await bram.page.goto(bram.plan.path("voor-mij"));
  await until("Bram is not named any more", async () => !(await line.textContent()).includes(nameOf(bram)));
  await openChapter(bram.page, bram.plan, chapter);
  const own = anna.page.context();
  const outline = await own.newPage();
  await outline.goto(anna.plan.path("plan"));
  await outline.getByText(`Nu hier: ${nameOf(bram)}`).waitFor();
  await outline.close();
});

test("who freezes a chapter reads who has it open, and whoever wrote in it reads from then on", async () => {
  const { page, plan } = team;
  await page.goto(plan.path("beheer"));
  await page.getByRole("button", { name: `Vastleggen: ${chapter.title}` }).click();
  const dialog = page.getByRole("dialog");
  const there = dialog.locator(".notice", { hasText: "hebben dit hoofdstuk nu open" });
  await there.waitFor();
  for (const who of [anna, bram]) assert.ok((await there.textContent()).includes(nameOf(who)), nameOf(who));
  await assertAccessible(page, "freezing while people write");
  await picture(page, "freeze-while-writing");
  await bram.page.goto(bram.plan.path("voor-mij"));
  await dialog.getByText(`${nameOf(anna)} heeft dit hoofdstuk nu open.`).waitFor();
  await anna.page.getByRole("heading", { name: `Schrijven: ${chapter.title}`, level: 1 }).waitFor();
  await dialog.getByLabel("Naam van deze versie").fill("Concept voor het overleg");
  await dialog.getByLabel("Reden").fill("Vastgesteld");
  await dialog.getByRole("button", { name: "Vastleggen" }).click();
  await anna.page.getByRole("heading", { name: `Lezen: ${chapter.title}`, level: 1 }).waitFor();
  await picture(anna.page, "frozen-while-writing");
});

test("what was said to one person is not there for whoever signs in next", async () => {
  const { page } = anna;
  assert.notEqual((await heard(page).textContent()).trim(), "", "something was said");
  await page.getByRole("link", { name: "Meer" }).click();
  await page.waitForURL(/meer/);
  await page.getByRole("button", { name: "Afmelden" }).click();
  await page.getByLabel("Uw aanmeldlink").waitFor();
  assert.equal((await heard(page).textContent()).trim(), "");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});
