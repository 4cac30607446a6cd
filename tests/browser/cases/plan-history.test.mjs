// The history of the plan: whoever chooses what to see is led to what was found, and told of a choice that finds nothing.
// A line about one person's writing leads to that person's share of what changed, among that of others.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, picture, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { atOneChapter } from "../harness/together.mjs";

let table;
let anna;
let bram;
let team;

before(async () => {
  table = await atOneChapter("programme");
  [anna, bram, team] = table.people;
});

after(async () => {
  await table?.end();
});

/** Opens the choices, and chooses a period. */
async function choose(page, { from, until: last }) {
  const from_ = page.getByLabel("Vanaf");
  if (!(await from_.isVisible())) await page.getByText("Kies wat u wilt zien").click();
  await from_.fill(from);
  await page.getByLabel("Tot en met").fill(last);
  await page.getByRole("button", { name: "Toon", exact: true }).click();
}

test("on a phone what was found comes into sight and takes the focus", async () => {
  const { page, plan } = team;
  await page.setViewportSize(PHONE);
  await page.goto(plan.path("geschiedenis"));
  await page.locator(".timeline").waitFor();
  await choose(page, { from: "2020-01-01", until: "2099-12-31" });
  const results = page.getByRole("heading", { name: "Wat er gebeurde" });
  const places = () => results.evaluate((at) => ({ top: at.getBoundingClientRect().top, height: window.innerHeight, focused: document.activeElement === at }));
  await until("the results are at the top", async () => {
    const { top, height, focused } = await places();
    return focused && top >= 0 && top < height / 2;
  });
  await page.locator(".timeline .entry").first().waitFor();
  await assertFitsWidth(page, "what was found on a phone");
  await picture(page, "plan-history-found-phone");
  await page.setViewportSize(DESK);
});

test("a period that ends before it begins is said at its field, and nothing is asked", async () => {
  const { page, plan } = team;
  await page.goto(plan.path("geschiedenis"));
  await page.locator(".timeline").waitFor();
  await choose(page, { from: "2026-03-02", until: "2026-03-01" });
  const field = page.getByLabel("Tot en met");
  await until("the focus is in the field", () => field.evaluate((at) => document.activeElement === at));
  assert.equal(await described(field), "Deze dag ligt vóór de dag bij “Vanaf”. Kies een latere dag, of maak “Vanaf” vroeger.");
  assert.doesNotMatch(page.url(), /vanaf=/, "it is not looked for");
  await assertAccessible(page, "a period that ends before it begins");
  await picture(page, "plan-history-reversed");
  await field.fill("2026-03-02");
  await page.getByRole("button", { name: "Toon", exact: true }).click();
  await page.waitForURL(/vanaf=2026-03-02&tot=2026-03-02/);
  // A link that was shared says it too.
  await page.goto(plan.path("geschiedenis?vanaf=2026-03-02&tot=2026-03-01"));
  await page.getByText("Deze dag ligt vóór de dag bij “Vanaf”.").waitFor();
});

/** What a screen reader says beside a field. */
async function described(field) {
  return field.evaluate((at) => (at.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" "));
}

test("a line about one person's writing leads to a page on which that person's words stand out from those of others", async () => {
  const { page, plan } = team;
  const [one, two] = [await openChapter(anna.page, anna.plan, table.chapter), await openChapter(bram.page, bram.plan, table.chapter)];
  await one.toEnd();
  await one.press("Enter");
  await one.type("Anna regelt vervoer.");
  await one.saved();
  await until("Bram has it", async () => (await two.text()).includes("Anna regelt vervoer."));
  await two.after("Anna regelt vervoer.");
  await two.type(" Bram betaalt.");
  await two.saved();
  await until("Anna has it", async () => (await one.text()).includes("Bram betaalt."));
  await one.after("Bram betaalt.");
  await one.type(" Anna meldt het.");
  await one.saved();

  await page.goto(plan.path("geschiedenis"));
  await page.getByRole("link", { name: `${anna.me.person.name} (` }).filter({ hasText: " schreef in " }).first().click();
  await page.getByText(/^Wat .+ wijzigde, valt op\. Wat anderen in dezelfde tijd wijzigden, staat er lichter bij\.$/).waitFor();
  const inserted = page.locator("ins.run");
  const quiet = async (words) => (await inserted.filter({ hasText: words }).getAttribute("class")).includes("run--quiet");
  assert.deepEqual([await quiet("Anna regelt vervoer."), await quiet("Bram betaalt."), await quiet("Anna meldt het.")], [false, true, false]);
  await assertAccessible(page, "one person's share of a difference");
  await picture(page, "share");
  await page.getByRole("button", { name: "In woorden" }).click();
  const said = await page.locator(".sentences li li").allTextContents();
  assert.match(said.at(-1), /voegde toe: “ ?Bram betaalt\. ?”/, said.join("\n"));
  await assertAccessible(page, "one person's share of a difference, in words");
  await picture(page, "share-words");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "one person's share on a phone");
  await picture(page, "share-phone");
  await page.setViewportSize(DESK);
  await page.getByRole("link", { name: "Laat ieders wijzigingen even sterk zien" }).click();
  await page.getByText("valt op.").waitFor({ state: "detached" });
  assert.equal(await page.locator(".sentences .quiet").count(), 0);
  await page.getByRole("button", { name: "Gekleurde tekst" }).click();
  await inserted.filter({ hasText: "Bram betaalt." }).waitFor();
  assert.equal(await page.locator(".run--quiet").count(), 0);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});
