// News above the text that one writes in takes one line where there is little room, opens by keyboard, and never covers
// the line one is in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, goOffline, goOnline, nameOf, picture, until } from "../harness/browser.mjs";
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

/** What stands above the text, and where the line begins in which one writes, px from the top of the window. */
async function places(page) {
  return page.evaluate(() => {
    const above = document.querySelector(".desk__top").getBoundingClientRect();
    const { focusNode, focusOffset } = getSelection();
    const at = document.createRange();
    at.setStart(focusNode, focusOffset);
    const [line] = at.getClientRects();
    const block = focusNode.nodeType === Node.TEXT_NODE ? focusNode.parentElement : focusNode;
    return { height: above.height, bottom: above.bottom, line: (line ?? block.getBoundingClientRect()).top };
  });
}

test("the report after an absence and a restore are one line on a phone, which opens", async () => {
  const { page } = anna;
  const [one, two] = [await openChapter(page, anna.plan, chapter), await openChapter(bram.page, bram.plan, chapter)];
  await one.toEnd();
  for (let line = 0; line < 30; line += 1) await one.type(`Regel ${line}. `, { delay: 1 });
  await one.press("Enter");
  await one.type("De wijkverpleging begint in maart.");
  await one.saved();
  await page.setViewportSize(PHONE);
  await goOffline(anna);
  await one.type(" Anna was in de trein.");
  await until("the words wait", async () => (await one.status()) === "offline");
  await until("Bram has the text", async () => (await two.text()).includes("begint in maart."));
  await two.after("De wijkverpleging begint in maart.");
  await two.type(" Bram verzette dat.");
  await two.saved();
  await goOnline(anna);
  const strip = page.locator(".desk .strip > summary");
  await strip.getByText("Bekijk wat anderen intussen wijzigden").waitFor({ timeout: 30_000 });
  await one.saved();
  await until("Bram has it", async () => (await two.text()).includes("in de trein."));
  const good = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  await two.toEnd();
  await two.press("Enter");
  await two.type("Deze zin is te veel.");
  await two.saved();
  await one.toEnd();
  await team.plan.post(`/chapters/${chapter.id}/restores`, { toPosition: good, reason: "Die zin was te veel." });
  // That words went is told first, and that there is more.
  const headline = strip.getByText(`De hele tekst is teruggezet door ${nameOf(team)}.`);
  await headline.waitFor();
  const seen = await headline.evaluate((line) => {
    const all = document.createRange();
    all.selectNodeContents(line);
    return all.getBoundingClientRect().bottom <= line.getBoundingClientRect().bottom + 1;
  });
  assert.ok(seen, "on the smallest phone one reads all of what happened");
  await strip.getByText("en nog 1 bericht").waitFor();
  assert.equal(await strip.getByRole("status").count(), 1);
  await until("the restore is there", async () => !(await one.text()).includes("te veel."));

  await until("the line one is in is in sight", async () => {
    const { bottom, line } = await places(page);
    return line >= bottom;
  });
  const { height } = await places(page);
  assert.ok(height <= 180, `what stands above the text takes ${height} of 640 px`);
  await picture(page, "two-news-phone");
  await assertFitsWidth(page, "two messages on a phone");

  // By keyboard: back from the text into what stands above it.
  await strip.focus();
  await page.keyboard.press("Enter");
  const news = page.locator(".desk .strip .desk__news");
  await news.getByText("Reden: Die zin was te veel.").waitFor();
  assert.equal(await news.count(), 2);
  await strip.getByText("2 berichten over dit hoofdstuk").waitFor();
  const opened = await places(page);
  assert.ok(opened.height <= 0.7 * PHONE.height, `opened it takes ${opened.height} px`);
  await picture(page, "two-news-phone-open");
  await assertAccessible(page, "two messages, opened");
  // Whoever writes on has the room again, and sees the line.
  await one.field.focus();
  await until("it is one line again", async () => !(await news.first().isVisible()));
  await one.type("!");
  await until("the line one is in is in sight", async () => {
    const { bottom, line } = await places(page);
    return line >= bottom;
  });
  await page.setViewportSize(DESK);
  await picture(page, "two-news");
  await strip.focus();
  await page.keyboard.press("Enter");
  await picture(page, "two-news-open");
  await news.first().getByRole("button", { name: "Begrepen" }).focus();
  await page.keyboard.press("Enter");
  // One on a desk has room to stand there whole.
  await until("one is left, and stands there", async () => (await page.locator(".desk .strip").count()) === 0);
  // Who came to it from the text writes on where they were.
  await one.type(" Zo");
  await until("what one types next is in the text", async () => (await one.text()).endsWith("! Zo"));
  await page.locator(".desk__news").getByText("Reden: Die zin was te veel.").waitFor();
  await page.locator(".desk__news").getByRole("button", { name: "Begrepen" }).click();
  await until("nothing is left", async () => (await page.locator(".desk__news").count()) === 0);
  await one.type(" is het.");
  await until("so it is after the last of them", async () => (await one.text()).endsWith("! Zo is het."));
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});

test("a key of undo that may take nothing says why, until one writes on", async () => {
  const [one, two] = [await openChapter(anna.page, anna.plan, chapter), await openChapter(bram.page, bram.plan, chapter)];
  await two.toEnd();
  await two.type("En");
  await two.saved();
  await until("Anna has the word", async () => (await one.text()).endsWith("En"));
  await one.toEnd();
  await one.type(" ");
  await one.saved();
  await two.toEnd();
  await two.type("ook zo.");
  await two.saved();
  await until("Anna has it", async () => (await one.text()).includes("ook zo."));
  const said = anna.page.getByRole("status").filter({ hasText: "Niets ongedaan gemaakt" });
  await one.press("Control+z");
  await said.waitFor();
  await picture(anna.page, "undo-in-vain");
  await anna.page.setViewportSize(PHONE);
  await picture(anna.page, "undo-in-vain-phone");
  await assertFitsWidth(anna.page, "undo in vain on a phone");
  await anna.page.setViewportSize(DESK);
  await one.type("!");
  await said.waitFor({ state: "detached" });
});
