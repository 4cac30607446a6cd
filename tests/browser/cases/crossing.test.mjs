// Two people change one commitment at once: nobody overwrites what they have not seen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let bram;
let team;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram, team] = await Promise.all(["writer", "secondWriter", "programme"].map((who) => person(browser, server, who)));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A commitment that both may change. */
async function shared() {
  const { items } = await anna.plan.get("/commitments");
  const may = await Promise.all(items.map(async ({ id }) => (await anna.plan.get(`/commitments/${id}`)).mayEdit && (await bram.plan.get(`/commitments/${id}`)).mayEdit));
  const both = items.find((_, at) => may[at]);
  assert.ok(both, "a commitment both may change");
  return both;
}

/** Bram writes in fields of the form, by their label, and saves. */
async function bramWrites(commitment, fields) {
  const { page, plan } = bram;
  await page.goto(plan.path(`afspraken/${commitment.id}/wijzigen`));
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text);
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByText("De afspraak is opgeslagen.").first().waitFor();
}

test("both texts stand beside the field, and saving waits for a choice", async () => {
  const both = await shared();
  const { page } = anna;
  await page.goto(anna.plan.path(`afspraken/${both.id}/wijzigen`));
  await bramWrites(both, { "Wie meet": "Bram en de GGD", "Oplossing in gewone woorden": "Bram schreef deze oplossing." });
  await page.getByLabel("Wie meet").fill("Anna meet het zelf");
  await page.getByRole("button", { name: "Opslaan" }).click();
  const notice = page.locator(".notice", { hasText: "Iemand anders wijzigde deze afspraak" });
  await notice.waitFor();
  assert.ok(await notice.evaluate((at) => at === document.activeElement), "the notice has the focus");
  const { top, bottom } = await notice.evaluate((at) => at.getBoundingClientRect().toJSON());
  assert.ok(top < 860 && bottom > 0, "the notice is in sight");
  assert.equal(await page.getByLabel("Oplossing in gewone woorden").inputValue(), "Bram schreef deze oplossing.");
  const choice = page.getByRole("group", { name: /Welke tekst blijft/ });
  await choice.getByText("Anna meet het zelf").waitFor();
  await choice.getByText("Bram en de GGD").waitFor();
  await assertAccessible(page, "a crossed change");
  await picture(page, "crossed-change");

  await page.getByRole("button", { name: "Opslaan" }).click();
  const open = page.locator("form .notice", { hasText: "Kies eerst welke tekst blijft" });
  await open.getByRole("link").click();
  assert.ok(await choice.evaluate((at) => at.contains(document.activeElement)), "the way from the button leads to the choice");
  const stands = await anna.plan.get(`/commitments/${both.id}`);
  assert.equal(stands.measuredBy, "Bram en de GGD", "nothing was overwritten unseen");
  await choice.getByRole("button", { name: "Mijn tekst houden" }).click();
  assert.equal(await open.count(), 0, "nothing is left to choose");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "a crossed change");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByText("De afspraak is opgeslagen.").first().waitFor();
  const after = await anna.plan.get(`/commitments/${both.id}`);
  assert.deepEqual([after.measuredBy, after.solution], ["Anna meet het zelf", "Bram schreef deze oplossing."]);
});

test("on a phone the beginning of the notice is seen, the question stands in its box, and a choice by keyboard shows", async () => {
  const both = await shared();
  const { page } = anna;
  await page.setViewportSize(PHONE);
  await page.goto(anna.plan.path(`afspraken/${both.id}/wijzigen`));
  await bramWrites(both, { "Wie meet": "Bram alleen", "Oplossing in gewone woorden": "Bram schreef een langere oplossing. ".repeat(30) });
  await page.getByLabel("Wie meet").fill("Anna alleen");
  await page.getByRole("button", { name: "Opslaan" }).click();
  const title = page.getByText("Iemand anders wijzigde deze afspraak");
  await title.waitFor();
  const seen = await title.evaluate((at) => at.getBoundingClientRect().toJSON());
  assert.ok(seen.top >= 0 && seen.bottom <= PHONE.height, `the title of a long notice is in sight: ${seen.top}–${seen.bottom}`);

  // By keyboard the way from the notice to the choice is one press.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const choice = page.getByRole("group", { name: /Welke tekst blijft/ });
  await until("the choice has the focus", () => choice.getByRole("button").first().evaluate((button) => button === document.activeElement));
  await picture(page, "crossed-change-led-to-phone");
  const stands = await choice.evaluate((box) => {
    const [outer, legend] = [box, box.querySelector("legend")].map((each) => each.getBoundingClientRect());
    // The border goes through what is no lower than the box itself.
    return { inside: legend.top > outer.top + box.clientTop && legend.bottom <= outer.bottom, lines: legend.height };
  });
  assert.ok(stands.lines > 30, "the question takes more than one line here");
  assert.ok(stands.inside, "the question stands inside its box");
  const mine = choice.getByRole("button", { name: "Mijn tekst houden" });
  const look = () => mine.evaluate((button) => getComputedStyle(button).backgroundColor);
  await mine.focus();
  const before = await look();
  await page.keyboard.press("Enter");
  await choice.locator("[aria-pressed=true]").waitFor();
  await until("the button that was pressed looks so while it has the focus", async () => (await look()) !== before, { ms: 3_000 });
  await assertAccessible(page, "a choice on a phone");
  await picture(page, "crossed-change-phone");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByText("De afspraak is opgeslagen.").first().waitFor();
});

test("who brings back what a commitment said reads what others changed meanwhile, and goes on", async () => {
  const both = await shared();
  await bramWrites(both, { "Wie meet": "Bram en Anna" });
  const { page } = team;
  await page.goto(team.plan.path(`afspraken/${both.id}`));
  await page.getByRole("button", { name: /^Terugzetten naar deze inhoud/ }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Dit verandert er").waitFor();
  await bramWrites(both, { "Hoe voortgang zichtbaar wordt": "Bram is halverwege." });
  await dialog.getByLabel("Waarom zet u dit terug?").fill("Het vorige was beter.");
  await dialog.getByRole("button", { name: "Terugzetten", exact: true }).click();
  await dialog.getByText("Deze afspraak is intussen gewijzigd").waitFor();
  await dialog.getByText("Bram is halverwege.").waitFor();
  assert.equal((await anna.plan.get(`/commitments/${both.id}`)).progress, "Bram is halverwege.", "nothing was brought back unseen");
  await assertAccessible(page, "a restore that others came before");
  await picture(page, "crossed-restore");
  assert.equal(await dialog.getByLabel("Waarom zet u dit terug?").inputValue(), "Het vorige was beter.");
  await dialog.getByRole("button", { name: "Terugzetten", exact: true }).click();
  await page.getByText("staat er weer.").waitFor();
  assert.notEqual((await anna.plan.get(`/commitments/${both.id}`)).progress, "Bram is halverwege.");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});
