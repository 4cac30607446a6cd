// On the smallest phone nothing is cut off: neither the name at another's cursor nor what stands in a line of a form. The
// plan is named at the top there too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, picture, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { atOneChapter } from "../harness/together.mjs";

let table;
let anna;
let bram;

before(async () => {
  table = await atOneChapter();
  [anna, bram] = table.people;
});

after(async () => {
  await table?.end();
});

/** Where a name stands, and whether it is whole within the text. */
async function nameIn(editor) {
  return editor.field.locator(".cursor__name").evaluate((name) => {
    const { left, right } = name.getBoundingClientRect();
    const text = name.closest("[role=textbox]");
    const start = text.getBoundingClientRect().left + text.clientLeft;
    return { whole: name.scrollWidth <= name.clientWidth && left >= start && right <= start + text.clientWidth };
  });
}

test("the name at another's cursor is whole, wherever in a line they are", async () => {
  const [one, two] = [await openChapter(anna.page, anna.plan, table.chapter), await openChapter(bram.page, bram.plan, table.chapter)];
  await one.toEnd();
  await one.press("Enter");
  const words = ["De", "wijkverpleging", "komt", "in", "Hoogduin", "langs", "de", "deur", "bij", "ouderen."];
  await one.type(words.join(" "));
  await one.saved();
  await until("Bram has it", async () => (await two.text()).includes("bij ouderen."));
  await anna.page.setViewportSize(PHONE);
  for (const [index] of words.entries()) {
    const start = words.slice(0, index + 1).join(" ");
    await two.after(start);
    // The name is placed anew when the cursor has moved.
    await until(`the cursor is behind "${start}"`, () =>
      one.field.evaluate((field, wanted) => {
        const paragraph = field.querySelector(".cursor")?.closest("p");
        if (paragraph === null || paragraph === undefined) return false;
        const before = document.createRange();
        before.setStart(paragraph, 0);
        before.setEndBefore(paragraph.querySelector(".cursor"));
        return before.toString() === wanted;
      }, start));
    // It is there a frame after it was placed.
    await until(`the name behind "${start}" is whole`, async () => (await nameIn(one)).whole, { ms: 2_000 });
  }
  await two.after("De wijkverpleging komt in Hoogduin");
  await until("the name is there", async () => (await one.cursors()).length === 1);
  await one.field.locator("p", { hasText: "bij ouderen." }).scrollIntoViewIfNeeded();
  await picture(anna.page, "cursor-name-phone");
  await assertFitsWidth(anna.page, "a cursor with a name on a phone");
  await anna.page.setViewportSize(DESK);
});

test("the name at a cursor in the first line stands below the tools", async () => {
  const [one, two] = [await openChapter(anna.page, anna.plan, table.chapter), await openChapter(bram.page, bram.plan, table.chapter)];
  await anna.page.setViewportSize(PHONE);
  await two.field.click();
  await two.press("Control+Home");
  await until("Bram is in the first line", () => one.field.evaluate((field) => field.firstElementChild?.querySelector(".cursor") != null));
  await one.field.evaluate((field) => field.closest(".desk").scrollIntoView({ block: "start" }));
  const places = () =>
    one.field.evaluate((field) => ({
      tools: field.closest(".desk").querySelector(".desk__top").getBoundingClientRect().bottom,
      name: field.querySelector(".cursor__name").getBoundingClientRect().top,
      line: Number.parseFloat(getComputedStyle(field.querySelector(".cursor__name")).lineHeight),
    }));
  const { tools, name, line } = await places();
  assert.ok(name >= tools, `the name at ${name} begins below the tools, which end at ${tools}`);
  assert.ok(name - line >= tools - 1, "so does one of two lines");
  await picture(anna.page, "cursor-name-first-line-phone");
  await anna.page.setViewportSize(DESK);
});

test("a phone says at the top which plan this is", async () => {
  const { page, plan } = anna;
  await page.setViewportSize(PHONE);
  await page.goto(plan.path("afspraken"));
  const title = page.getByRole("banner").getByText(plan.value.title, { exact: true });
  await title.waitFor();
  // A line is a fraction of a pixel higher than a whole number of them.
  const isWhole = await title.evaluate((at) => at.scrollHeight <= at.clientHeight + 1 && at.scrollWidth <= at.clientWidth);
  assert.ok(isWhole, "it is read whole");
  await page.getByRole("link", { name: "Schrijftafel", exact: true }).waitFor();
  await assertFitsWidth(page, "the plan's title at the top of a phone");
  await assertAccessible(page, "the plan's title at the top of a phone");
  await picture(page, "plan-title-phone");
  await page.setViewportSize(DESK);
});

test("a long line of a form is read whole, holds no line break, and Enter is as in a line", async () => {
  const { page, plan } = anna;
  await page.setViewportSize(PHONE);
  await page.goto(plan.path("afspraken/nieuw"));
  const field = page.getByLabel("Titel", { exact: false }).first();
  const short = await field.evaluate((at) => at.clientHeight);
  const title = "Wijkverpleging en huisartsen in de hele regio spreken af wie er ’s nachts en in het weekend komt bij ouderen die thuis wonen";
  await field.fill(title);
  const fits = () => field.evaluate((at) => ({ whole: at.scrollHeight <= at.clientHeight + 1 && at.scrollWidth <= at.clientWidth, height: at.clientHeight }));
  const { whole, height } = await fits();
  assert.ok(whole && height > 2 * short, `the title is seen whole: ${JSON.stringify({ whole, height, short })}`);
  await picture(page, "form-long-phone");
  await assertFitsWidth(page, "a form with a long title on a phone");
  await assertAccessible(page, "a form with a long title");
  await page.setViewportSize(DESK);
  assert.ok((await fits()).whole, "also when the window is another");
  await picture(page, "form-long");
  await field.fill("Eén regel\nen nog een");
  assert.equal(await field.inputValue(), "Eén regel en nog een");
  await field.fill("");
  await field.press("Enter");
  await page.getByText("Geef de afspraak een titel.").first().waitFor();
  assert.equal(await field.inputValue(), "");
});

test("every word of the menu stands on one line, in both languages", async () => {
  const { page, plan } = anna;
  await page.setViewportSize(PHONE);
  await page.goto(plan.path("meer"));
  for (const language of ["Nederlands", "English"]) {
    await page.getByRole("radio", { name: language }).check();
    const words = await page.locator(".ways .way > span").evaluateAll((all) =>
      all.map((word) => {
        const range = document.createRange();
        range.selectNodeContents(word);
        return { word: word.textContent, lines: new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size };
      }),
    );
    assert.ok(words.length >= 5, language);
    for (const { word, lines } of words) assert.equal(lines, 1, `"${word}" stands on one line`);
    await assertFitsWidth(page, `the menu in ${language}`);
    await picture(page, `menu-${language}`);
  }
  await page.getByRole("radio", { name: "Nederlands" }).check();
  await page.setViewportSize(DESK);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
