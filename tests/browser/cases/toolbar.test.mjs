// The toolbar on the smallest phone: taking back is always in sight, the rest is one tap away, and no tool hides out of sight.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, goOffline, goOnline, PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let chapter;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  anna = await person(browser, server, "writer", { viewport: PHONE });
  chapter = anna.plan.chapters.find((each) => each.mayWrite);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const bar = () => anna.page.getByRole("toolbar", { name: "Opmaak" });
const tool = (name) => bar().getByRole("button", { name, exact: true });

/** What of the tools that are shown is not wholly within the bar, or the bar within the window. */
async function outOfSight() {
  return bar().evaluate((at) => {
    const within = at.getBoundingClientRect();
    const shown = [...at.querySelectorAll("select, button")].filter((each) => each.offsetParent !== null);
    const isOut = ({ left, right }) => left < Math.max(0, within.left) - 1 || right > Math.min(within.right, window.innerWidth) + 1;
    return shown.filter((each) => isOut(each.getBoundingClientRect())).map((each) => each.getAttribute("aria-label"));
  });
}

/** How far the line one types in lies below all that stays above the text, px; scrolled to `wanted` first. */
async function roomAboveLine(wanted) {
  return anna.page.evaluate((wanted) => {
    const { focusNode } = document.getSelection();
    const block = focusNode instanceof Element ? focusNode : focusNode.parentElement;
    // Also what would hang over the text.
    const above = () => [...document.querySelectorAll(".desk__top, .desk__top *")].map((each) => each.getBoundingClientRect().bottom);
    const room = () => block.getBoundingClientRect().top - Math.max(...above());
    if (wanted !== undefined) window.scrollBy(0, room() - wanted);
    return room();
  }, wanted);
}

test("on a phone one row is in sight with taking back in it, and the rest opens without covering the line", async () => {
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  for (const _ of "12") await editor.press("Enter");
  await editor.type("Een regel op de telefoon.");
  for (let number = 0; number < 16; number += 1) {
    await editor.press("Enter");
    await editor.type(`Regel ${number}.`);
  }
  await editor.saved();
  await editor.after("Een regel op de telefoon.");
  assert.deepEqual(await outOfSight(), []);
  assert.ok(await tool("Ongedaan maken").isVisible());
  assert.ok(!(await tool("Citaat").isVisible()));
  const closed = (await bar().boundingBox()).height;
  assert.ok(closed < 56, `folded it is one row: ${closed} px`);
  await picture(anna.page, "toolbar-phone");

  const more = tool("Meer opmaak");
  assert.equal(await more.getAttribute("aria-expanded"), "false");
  const before = await roomAboveLine(4);
  assert.ok(before >= 0 && before < 8, `the line is right below the bar: ${before} px`);
  // Not by the mouse: the test's own scrolls before it presses.
  await more.evaluate((button) => button.click());
  assert.equal(await more.getAttribute("aria-expanded"), "true");
  await until("the line one types in is below the bar", async () => (await roomAboveLine()) >= 0, { ms: 3_000 });
  for (const name of ["Ongedaan maken", "Opnieuw doen", "Vet", "Cursief", "Link", "Opsomming", "Genummerde lijst", "Citaat"]) assert.ok(await tool(name).isVisible(), name);
  assert.deepEqual(await outOfSight(), []);
  const opened = (await bar().boundingBox()).height;
  assert.ok(opened < 96, `opened it is two rows: ${opened} px`);
  assert.ok(await editor.field.evaluate((field) => document.activeElement === field), "one is still in the text");
  await assertAccessible(anna.page, "the toolbar on a phone");
  await assertFitsWidth(anna.page, "the toolbar on a phone");

  await tool("Genummerde lijst").click();
  await until("the line is in a list", async () => (await tool("Genummerde lijst").getAttribute("aria-pressed")) === "true");
  // In a list there are two tools more: a row is added above the line.
  assert.deepEqual(await outOfSight(), []);
  await editor.type(" Verder.");
  await until("it still is", async () => (await roomAboveLine()) >= 0);
  await picture(anna.page, "toolbar-phone-opened");
  await tool("Ongedaan maken").click();
  await until("the last words are taken back", async () => !(await editor.text()).includes(" Verder."));
  await more.click();
  assert.ok(!(await tool("Citaat").isVisible()));
});

test("arrows go along the tools that are shown, and on a desk all of them are", async () => {
  await tool("Ongedaan maken").focus();
  await anna.page.keyboard.press("End");
  assert.equal(await anna.page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Meer opmaak");
  await anna.page.setViewportSize(DESK);
  assert.ok(!(await tool("Meer opmaak").isVisible()));
  await tool("Ongedaan maken").focus();
  await anna.page.keyboard.press("End");
  assert.equal(await anna.page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Citaat");
  assert.deepEqual(await outOfSight(), []);
  await picture(anna.page, "toolbar-desk");
});

test("Control+K asks for the address of a link on the words that are selected, and says so where there are none", async () => {
  const { page } = anna;
  const editor = await openChapter(page, anna.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.press("Control+k");
  await page.getByRole("status").filter({ hasText: "selecteer eerst de woorden die een link worden" }).waitFor();
  await editor.type("Zie de website");
  await editor.press("Control+Shift+ArrowLeft");
  await editor.press("Control+k");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Adres van de pagina").fill("www.voorbeeld.nl");
  await dialog.getByRole("button", { name: "Link plaatsen" }).click();
  await editor.field.locator("a", { hasText: "website" }).waitFor();
  assert.match(await editor.text(), /Zie de website$/, "nothing was typed over");
  assert.equal(await tool("Link").getAttribute("title"), "Link (Ctrl+K)");
  await editor.saved();
});

test("who else is in the chapter is not said while there is no connection to know it by", async () => {
  const present = anna.page.locator(".present");
  await present.getByText("U bent hier alleen.").waitFor();
  await goOffline(anna);
  await present.getByText("Niet te zien zonder verbinding.").waitFor();
  assert.equal(await present.getByText("U bent hier alleen.").count(), 0);
  await goOnline(anna);
  await present.getByText("U bent hier alleen.").waitFor();
});

test("in a list Tab indents, and Escape before it leads out of the text without changing it", async () => {
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("- ");
  await editor.type("punt een");
  await editor.press("Enter");
  await editor.type("punt twee");
  await anna.page.getByText("Druk op Escape en dan op Tab").waitFor();
  const described = await editor.field.evaluate((field) => document.getElementById(field.getAttribute("aria-describedby"))?.textContent ?? "");
  assert.match(described, /Escape/);
  const depth = () => editor.field.locator("li li", { hasText: "punt twee" }).count();
  const isInText = () => editor.field.evaluate((field) => field.contains(document.activeElement));
  await editor.press("Tab");
  assert.deepEqual([await depth(), await isInText()], [1, true]);
  for (const key of ["Tab", "Shift+Tab"]) {
    await editor.press("Escape");
    await anna.page.keyboard.press(key);
    assert.deepEqual([key, await depth(), await isInText()], [key, 1, false]);
    await editor.field.focus();
  }
  await editor.press("Escape");
  await editor.type("!");
  await editor.press("Shift+Tab");
  assert.deepEqual([await depth(), await isInText()], [0, true]);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual(anna.faults, []);
});
