// Two people change one commitment at once: nobody overwrites what they have not seen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { PHONE, person, picture, startBrowser } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let bram;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, server, who)));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("both texts stand beside the field, and saving waits for a choice", async () => {
  const { items } = await anna.plan.get("/commitments");
  const may = await Promise.all(items.map(async ({ id }) => (await anna.plan.get(`/commitments/${id}`)).mayEdit && (await bram.plan.get(`/commitments/${id}`)).mayEdit));
  const both = items.find((_, at) => may[at]);
  assert.ok(both, "a commitment both may change");
  const path = `afspraken/${both.id}/wijzigen`;
  await anna.page.goto(anna.plan.path(path));
  await bram.page.goto(bram.plan.path(path));
  await bram.page.getByLabel("Wie meet").fill("Bram en de GGD");
  await bram.page.getByLabel("Oplossing in gewone woorden").fill("Bram schreef deze oplossing.");
  await bram.page.getByRole("button", { name: "Opslaan" }).click();
  await bram.page.getByText("De afspraak is opgeslagen.").first().waitFor();

  const { page } = anna;
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
  await page.getByText("Kies eerst welke tekst blijft").waitFor();
  const stands = await anna.plan.get(`/commitments/${both.id}`);
  assert.equal(stands.measuredBy, "Bram en de GGD", "nothing was overwritten unseen");
  await choice.getByRole("button", { name: "Mijn tekst houden" }).click();
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "a crossed change");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByText("De afspraak is opgeslagen.").first().waitFor();
  const after = await anna.plan.get(`/commitments/${both.id}`);
  assert.deepEqual([after.measuredBy, after.solution], ["Anna meet het zelf", "Bram schreef deze oplossing."]);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
