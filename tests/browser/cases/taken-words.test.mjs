// Who was away when the programme team restored a chapter reads, when they come back, which of their words went.
//
// Why it exists: who has the chapter open reads a notice at once. Who comes the next day finds another text, and would
// have to look through the history to learn that what they wrote is gone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, nameOf, PHONE, picture, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { atOneChapter } from "../harness/together.mjs";

let table;
let anna;
let bram;
let team;
let chapter;

before(async () => {
  table = await atOneChapter("programme");
  ({ chapter } = table);
  [anna, bram, team] = table.people;
});

after(async () => {
  await table?.end();
});

const LINE = /4 woorden van u verdwenen toen .+ vandaag \d\d:\d\d de hele tekst terugzette\./;

test("who was away is told of their own words on the way to the chapter, above its text and beside what they write", async () => {
  const [one, two] = await Promise.all([openChapter(anna.page, anna.plan, chapter), openChapter(bram.page, bram.plan, chapter)]);
  await one.toEnd();
  await one.press("Enter");
  await one.type("De afgesproken zin.");
  await one.saved();
  await until("Bram sees it", async () => (await two.text()).includes("De afgesproken zin."));
  const good = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  await two.after("De afgesproken zin.");
  await two.type(" Bram schreef dit erbij.");
  await two.saved();
  // Bram goes home.
  await bram.page.goto("about:blank");
  await team.plan.post(`/chapters/${chapter.id}/restores`, { toPosition: good, reason: "Dit was niet afgesproken." });
  await until("the restore has arrived", async () => !(await one.text()).includes("Bram schreef"));

  const { page, plan } = bram;
  await page.goto(plan.path("voor-mij"));
  const card = page.locator(".news", { hasText: chapter.title });
  await card.getByText(LINE).waitFor();
  assert.equal(await card.getByText(/zette de hele tekst terug/).count(), 0, "the restore is told once");
  assert.equal(await page.locator("#mijn-hoofdstukken").locator("xpath=..").locator(".news").first().getByText(LINE).count(), 1, "that chapter stands first");
  await assertAccessible(page, "words that went, among what is new");
  await card.scrollIntoViewIfNeeded();
  await picture(page, "taken-words-for-me");

  await page.goto(plan.path(`hoofdstukken/${chapter.id}`));
  const notice = page.locator(".notice", { hasText: LINE });
  await notice.waitFor();
  await notice.getByText("Welke woorden, en hoe u ze terugkrijgt").click();
  await notice.getByText("“Bram schreef dit erbij.”").waitFor();
  await notice.getByText("Reden: Dit was niet afgesproken.").waitFor();
  await notice.getByText("kunt u uw woorden kopiëren en opnieuw in de tekst zetten").waitFor();
  await assertAccessible(page, "words that went, above the text");
  await picture(page, "taken-words-reading");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "words that went, on a phone");
  await picture(page, "taken-words-reading-phone");
  await page.setViewportSize(DESK);
  await notice.getByRole("link", { name: "Bekijk wat er verdween" }).click();
  const gone = page.locator("del", { hasText: "Bram schreef dit erbij." });
  await gone.waitFor();
  assert.equal(await gone.getAttribute("title"), `Weggehaald door ${nameOf(team)} (van ${nameOf(bram)}):`);

  const back = await openChapter(page, plan, chapter);
  const news = page.locator(".desk__news", { hasText: LINE });
  await news.waitFor();
  await picture(page, "taken-words-writing");
  // Writing on puts nothing away.
  await back.toEnd();
  await back.type(" Bram is terug.");
  await back.saved();
  await page.reload();
  await news.waitFor();
  await page.setViewportSize(PHONE);
  await page.locator(".desk .strip > summary").getByText("4 woorden van u verdwenen toen").waitFor();
  await picture(page, "taken-words-writing-phone");
  await assertFitsWidth(page, "words that went, beside the text on a phone");
  await page.setViewportSize(DESK);
});

test("whose words did not go is told nothing, nor who has put it away", async () => {
  const { page, plan } = bram;
  const news = page.locator(".desk__news", { hasText: LINE });
  await news.getByRole("button", { name: "Begrepen" }).click();
  await until("it goes", async () => (await news.count()) === 0);
  const asked = (of, chapterId) => of.waitForResponse((answer) => answer.url().endsWith(`/chapters/${chapterId}/taken-words`) && answer.ok());
  for (const path of [`hoofdstukken/${chapter.id}`, "voor-mij"]) {
    const answered = asked(page, chapter.id);
    await page.goto(plan.path(path));
    assert.equal((await (await answered).json()).items.length, 1, "the server still knows");
    await page.getByText(chapter.title).first().waitFor();
    await page.waitForTimeout(300);
    assert.equal(await page.getByText(LINE).count(), 0, path);
  }
  const answered = asked(anna.page, chapter.id);
  await anna.page.goto(anna.plan.path(`hoofdstukken/${chapter.id}`));
  assert.deepEqual((await (await answered).json()).items, []);
});

test("who had the chapter open and read of the restore is not told again", async () => {
  const two = await openChapter(bram.page, bram.plan, chapter);
  const good = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  await two.toEnd();
  await two.type(" Nog vier woorden erbij.");
  await two.saved();
  await team.plan.post(`/chapters/${chapter.id}/restores`, { toPosition: good, reason: "Te veel." });
  const told = bram.page.locator(".desk__news", { hasText: `De hele tekst is teruggezet door ${nameOf(team)}.` });
  await told.waitFor();
  await told.getByRole("button", { name: "Begrepen" }).click();
  await until("it goes", async () => (await told.count()) === 0);
  const answered = bram.page.waitForResponse((answer) => answer.url().endsWith("/taken-words") && answer.ok());
  await bram.page.goto(bram.plan.path(`hoofdstukken/${chapter.id}`));
  assert.equal((await (await answered).json()).items.length, 2);
  await bram.page.waitForTimeout(300);
  assert.equal(await bram.page.getByText(LINE).count(), 0);
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});
