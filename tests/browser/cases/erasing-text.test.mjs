// Two people of the programme team have erased what a chapter said before, while one writer has it open and another is
// away with words that were not sent: the text goes on as it stood, and nothing of before can be read.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, goOffline, goOnline, nameOf, PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { kept } from "../harness/kept.mjs";
import { Server } from "../harness/server.mjs";

const SECRET = "Bel mevrouw Jansen op 06 12345678.";
const STAYS = "De nachtzorg doen we samen.";
const UNSENT = "Dit schreef Bram in de trein.";


let server;
let browser;
let anna;
let bram;
let asker;
let approver;
let chapter;
let editor;
let away;
/** A position at which the name stood in the text. */
let named;

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

test("a name is typed and taken out; a writer goes away with words that were not sent", async () => {
  [editor, away] = await Promise.all([openChapter(anna.page, anna.plan, chapter), openChapter(bram.page, bram.plan, chapter)]);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type(`${STAYS} `);
  // In one go, so that it stands in one piece in what a device keeps.
  await anna.page.keyboard.insertText(SECRET);
  await editor.saved();
  await agree([editor, away]);
  named = (await anna.plan.get(`/chapters/${chapter.id}/text`)).at;
  await until("both devices keep it", async () => (await kept(anna.page)).includes("Jansen") && (await kept(bram.page)).includes("Jansen"));
  await goOffline(bram);
  await away.toEnd();
  await away.type(` ${UNSENT}`);
  await until("the device keeps the words", async () => (await away.status()) === "offline");
  await editor.after(SECRET);
  for (const _ of ` ${SECRET}`) await editor.press("Backspace");
  await editor.saved();
  assert.ok(!(await editor.text()).includes("Jansen"));
  // What a restore tells goes with the text.
  const { at } = await anna.plan.get(`/chapters/${chapter.id}/text`);
  await editor.type(" En Jansen.");
  await editor.saved();
  await asker.plan.post(`/chapters/${chapter.id}/restores`, { toPosition: at, reason: "Jansen hoort hier niet." });
  await until("the restore has arrived", async () => !(await editor.text()).includes("Jansen"));
  await anna.page.locator(".desk__news").getByRole("button", { name: "Begrepen" }).click();
  assert.ok(JSON.stringify(await anna.plan.get(`/chapters/${chapter.id}/text?at=${named}`)).includes("Jansen"), "the history still has it");
});

test("one asks for the earlier text of the chapter, and reads what that closes", async () => {
  const { page, plan } = asker;
  await page.goto(plan.path("beheer/gegevens-wissen"));
  await page.getByRole("link", { name: "Eerdere tekst van een hoofdstuk wissen" }).click();
  await page.getByRole("heading", { name: "Eerdere tekst van een hoofdstuk wissen" }).waitFor();
  await page.getByText("Niemand kan de tekst van eerder nog lezen").waitFor();
  await page.getByRole("button", { name: "Wissen aanvragen" }).click();
  await page.getByText("Kies van welk hoofdstuk de eerdere tekst wordt gewist.").waitFor();
  await page.getByRole("combobox", { name: "Hoofdstuk" }).selectOption({ value: chapter.id });
  await page.getByLabel("Waarom mag dit weg?").selectOption({ value: "unlawful" });
  await page.getByLabel("Waar gaat het over?").fill("naam van een inwoner in een hoofdstuk");
  await assertAccessible(page, "asking to erase earlier text");
  await picture(page, "erasing-text");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "asking to erase earlier text");
  await page.getByRole("button", { name: "Wissen aanvragen" }).click();
  await page.getByText(`De aanvraag is vastgelegd en gaat over de eerdere tekst van ${chapter.title}.`).waitFor();
});

test("somebody else approves, and the text is written anew", async () => {
  const { page, plan } = approver;
  await page.goto(plan.path("beheer/gegevens-wissen"));
  const card = page.locator(".card--small", { hasText: "naam van een inwoner in een hoofdstuk" });
  await card.getByText(`Alle eerdere tekst van ${chapter.title}`).waitFor();
  await card.getByRole("button", { name: /^Goedkeuren/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Kijk eerst of wat weg moet ook echt uit de tekst is gehaald").waitFor();
  // Whoever approves reads the same as whoever asked.
  await dialog.getByRole("heading", { name: "Dit verandert er dan" }).waitFor();
  for (const closes of [/^Niemand kan de tekst van eerder nog lezen/, /^Van de tekst tot dan toe is niet meer te zien wie welke woorden schreef/, /^Wie het hoofdstuk open heeft/, /^Een apparaat zonder verbinding/]) {
    await dialog.getByText(closes).waitFor();
  }
  await dialog.getByText(/^Sluit alles af van .+ tot de goedkeuring\.$/).waitFor();
  await assertAccessible(page, "approving to erase earlier text");
  await picture(page, "approving-erasing-text");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "approving to erase earlier text");
  await picture(page, "approving-erasing-text-phone");
  await page.setViewportSize(DESK);
  await dialog.getByRole("button", { name: "Wissen" }).click();
  await card.locator(".badge", { hasText: /^Gewist$/ }).waitFor();
});

test("who had it open writes on in the text as it stood, and the device keeps nothing of before", async () => {
  await until("the editor goes on in the fresh text", async () => (await editor.status()) === "saved" && (await editor.canWrite()));
  assert.ok((await editor.text()).includes(STAYS));
  await editor.after(STAYS);
  await editor.type(" Met de wijkverpleging.");
  await editor.saved();
  const read = await until("the server has it", async () => {
    const text = JSON.stringify(await anna.plan.get(`/chapters/${chapter.id}/text`));
    return text.includes(`${STAYS} Met de wijkverpleging.`) && text;
  });
  assert.ok(!String(read).includes("Jansen"));
  await until("the device has let go of it", async () => !(await kept(anna.page)).includes("Jansen"));
});

test("who writes in it is told beside the text what is erased, why and by whom, until they have read it", async () => {
  const { page } = anna;
  const told = page.locator(".desk__news", { hasText: "Het programmateam heeft de eerdere tekst van dit hoofdstuk vandaag laten wissen." });
  await told.waitFor();
  await picture(page, "erased-notice");
  await told.getByText("Waarom, door wie, en wat er niet meer te bekijken is").click();
  await told.getByText(/Waarover: naam van een inwoner in een hoofdstuk.*had niet vastgelegd mogen worden/).waitFor();
  await told.getByText(`Aangevraagd door ${nameOf(asker)}, goedgekeurd door ${nameOf(approver)}.`).waitFor();
  await told.getByText("Niemand kan de tekst van eerder nog lezen").waitFor();
  await assertAccessible(page, "an erasure is told to whoever writes");
  await picture(page, "erased-notice-open");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "an erasure is told on a phone");
  await picture(page, "erased-notice-phone");
  await page.setViewportSize(DESK);
  await told.getByRole("button", { name: "Begrepen" }).click();
  await until("the notice goes", async () => (await told.count()) === 0);
  await page.reload();
  await editor.opened();
  await editor.saved();
  await new Promise((go) => setTimeout(go, 2_000));
  assert.equal(await told.count(), 0, "and stays away");
  await page.goto(anna.plan.path("voor-mij"));
  const card = page.locator(".news", { hasText: chapter.title });
  await card.getByText("Het programmateam heeft de eerdere tekst van dit hoofdstuk vandaag laten wissen.").waitFor();
  await card.getByText("Waarom, door wie").click();
  await card.getByText(/Waarom dit weg mocht: het had niet vastgelegd mogen worden/).waitFor();
  await assertAccessible(page, "what is new, with an erasure");
  await picture(page, "for-me-erased");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "what is new, with an erasure, on a phone");
  await card.scrollIntoViewIfNeeded();
  await picture(page, "for-me-erased-phone");
  await page.setViewportSize(DESK);
});

test("who comes back with unsent words keeps them, and they do not come into the text", async () => {
  await goOnline(bram);
  await until("the text is the fresh one", async () => (await away.text()).includes("Met de wijkverpleging."), { ms: 30_000 });
  assert.ok(!(await away.text()).includes(UNSENT));
  assert.ok(!(await away.text()).includes("Jansen"));
  await bram.page.getByText("De eerdere tekst van dit hoofdstuk werd gewist voordat deze woorden waren verstuurd.").first().waitFor();
  await bram.page.getByText(UNSENT).first().waitFor();
  await until("the device has let go of it", async () => !(await kept(bram.page)).includes("Jansen"));
  await assertAccessible(bram.page, "words kept after an erasure");
  await picture(bram.page, "words-kept-after-erasure");
  assert.equal(await bram.page.getByText(UNSENT).count(), 1, "they stand there once");
  // Who writes at the end of the text is pointed at them; who sees them is not.
  await bram.page.evaluate(() => window.scrollTo(0, 0));
  await until("nothing else on the page is about them", async () => {
    const panel = await bram.page.locator(".notice", { hasText: UNSENT }).count();
    const pointers = await bram.page.getByText("Deze woorden zijn niet opgeslagen").count();
    return panel === 1 && pointers === 1 && (await bram.page.getByText("U bent weer verbonden").count()) === 0;
  });
});

test("the words can be copied and discarded, and then they are gone for good", async () => {
  await bram.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const panel = bram.page.locator(".notice", { hasText: UNSENT });
  await panel.getByRole("button", { name: "Kopieer de woorden" }).click();
  await until("the words are on the clipboard", async () => (await bram.page.evaluate(() => navigator.clipboard.readText())).includes(UNSENT));
  await panel.getByRole("button", { name: "Niet bewaren" }).click();
  await bram.page.getByRole("button", { name: "Ja, weggooien" }).click();
  await until("they are gone", async () => (await bram.page.getByText(UNSENT).count()) === 0);
  await until("from the device too", async () => !(await kept(bram.page)).includes(UNSENT));
  await bram.page.reload();
  await away.opened();
  await away.saved();
  assert.equal(await bram.page.getByText(UNSENT).count(), 0);
});

test("the history says that the earlier text is erased and begins after it", async () => {
  const { page, plan } = anna;
  for (const path of [`/text?at=${named}`, `/blame?at=${named}`, `/differences?from=${named}`]) {
    const answer = await plan.try("GET", `/chapters/${chapter.id}${path}`);
    assert.equal(answer.status(), 409, path);
    assert.match(await answer.text(), /history-erased/);
  }
  await page.goto(plan.path(`hoofdstukken/${chapter.id}/geschiedenis`));
  const gone = page.locator(".timeline .entry", { hasText: "De tekst van deze periode is gewist" });
  await gone.getByText(/Waarover: naam van een inwoner in een hoofdstuk.*had niet vastgelegd mogen worden/).waitFor();
  await gone.getByText(`Aangevraagd door ${nameOf(asker)}, goedgekeurd door ${nameOf(approver)}.`).waitFor();
  assert.equal(await gone.count(), 1, "one line in the place of what was told of that time");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "a history whose beginning is erased");
  await picture(page, "history-erased-phone");
  await page.setViewportSize(DESK);
  await assertAccessible(page, "a history whose beginning is erased");
  await picture(page, "history-erased");
  await page.getByRole("link", { name: /^Wie schreef welke woorden/ }).first().click();
  await page.getByText("Geschreven vóór het wissen").first().waitFor();
  await page.goto(plan.path(`hoofdstukken/${chapter.id}?op=${named}`));
  await page.getByText("De tekst van toen is gewist.").first().waitFor();
});

test("the plan's history tells an erasure in one line that opens, and names the chapter in every step", async () => {
  const { page, plan } = approver;
  const { title } = chapter;
  await page.goto(plan.path("geschiedenis?over=erasure"));
  const line = page.locator(".timeline > li");
  await line.getByRole("link", { name: `De eerdere tekst van ${title} is gewist` }).waitFor();
  assert.equal(await line.count(), 1, "one line for one erasure");
  await picture(page, "plan-history-erasure");
  await line.getByText("Bekijk de 3 stappen die hieraan voorafgingen").click();
  for (const sentence of [`${nameOf(asker)} vroeg aan om de eerdere tekst van ${title} te wissen`, `${nameOf(approver)} keurde goed dat de eerdere tekst van ${title} wordt gewist`]) {
    await line.getByRole("link", { name: sentence }).waitFor();
  }
  await assertAccessible(page, "the steps of an erasure");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "the steps of an erasure");
  await picture(page, "plan-history-erasure-phone");
  await page.setViewportSize(DESK);
  await page.getByRole("link", { name: `De eerdere tekst van ${title} is gewist` }).click();
  await page.waitForURL(new RegExp(`/hoofdstukken/${chapter.id}/geschiedenis$`));
});

test("a line of a restore that was erased with the text says so", async () => {
  const { page, plan } = approver;
  await page.goto(plan.path("geschiedenis?over=text"));
  const restored = page.locator(".timeline > li", { hasText: `zette tekst terug in ${chapter.title}` });
  await restored.getByText("Wat er werd teruggezet, en waarom, is vandaag gewist. Waarom dit weg mocht: het had niet vastgelegd mogen worden").waitFor();
  assert.ok(!(await page.content()).includes("Jansen"));
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...asker.faults, ...approver.faults], []);
});
