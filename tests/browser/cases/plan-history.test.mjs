// The history of the plan: whoever chooses what to see is led to what was found, and told of a choice that finds nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let team;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  team = await person(browser, server, "programme");
});

after(async () => {
  await browser?.close();
  await server?.stop();
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

test("nobody met an uncaught error", () => {
  assert.deepEqual(team.faults, []);
});
