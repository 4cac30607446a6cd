// Two people of the programme team have erased what a change said; others see that it happened and nothing of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

const SECRET = "Bel mevrouw Jansen op 06 12345678";

let server;
let browser;
let writer;
let asker;
let approver;
let commitment;

before(async () => {
  [server, browser] = await Promise.all([Server.started("--checkpoint-seconds", "1"), startBrowser()]);
  [writer, asker, approver] = await Promise.all(["writer", "programme", "secondProgramme"].map((who) => person(browser, server, who)));
  commitment = await written(writer.plan);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** An agreement whose solution named somebody, and does so no more. */
async function written(plan) {
  const chapter = plan.chapters.find((each) => each.mayWrite);
  const made = await plan.post("/commitments", { title: "Nachtzorg samen", chapterId: chapter.id, solution: SECRET });
  const answer = await plan.try("PATCH", `/commitments/${made.id}`, { solution: "Nachtzorg bellen" }, { "If-Match": `"${made.revision}"` });
  assert.ok(answer.ok(), await answer.text());
  return made;
}

test("what is in force cannot be erased, and the page says what to do first", async () => {
  const { page, plan } = asker;
  const [change] = (await plan.get("/events?subject=chapter&limit=200")).items.filter((each) => each.kind === "chapter.created/1");
  await page.goto(plan.path(`beheer/gegevens-wissen?wijziging=${change.position}`));
  await page.getByRole("button", { name: "Wissen aanvragen" }).click();
  await page.getByText("Kies waarom dit weg mag.").waitFor();
  await page.getByLabel("Waarom mag dit weg?").selectOption({ value: "unlawful" });
  await page.getByLabel("Waar gaat het over?").fill("een naam in een titel");
  await page.getByRole("button", { name: "Wissen aanvragen" }).click();
  await page.getByText("Pas het eerst aan en vraag daarna om te wissen wat er stond.").waitFor();
});

test("one asks from the change log, and cannot approve it", async () => {
  const { page, plan } = asker;
  await page.goto(plan.path(`afspraken/${commitment.id}`));
  const first = page.locator(".timeline > li", { hasText: "maakte deze afspraak" });
  await first.getByRole("link", { name: /^Inhoud laten wissen/ }).click();
  await page.getByRole("heading", { name: "Gegevens wissen", level: 1 }).waitFor();
  await page.getByLabel("Waarom mag dit weg?").selectOption({ value: "unlawful" });
  await page.getByLabel("Waar gaat het over?").fill("telefoonnummer van een inwoner");
  await assertAccessible(page, "asking to erase");
  await page.getByRole("button", { name: "Wissen aanvragen" }).click();
  await page.getByText("De aanvraag is vastgelegd en gaat over 2 wijzigingen.").waitFor();
  const card = page.locator(".card--small", { hasText: "telefoonnummer van een inwoner" });
  await card.getByText("Wacht op een tweede persoon").waitFor();
  assert.equal(await card.getByRole("button", { name: /^Goedkeuren/ }).count(), 0, "nobody decides alone");
  await card.getByRole("button", { name: /^Aanvraag intrekken/ }).waitFor();
  assert.equal(await page.getByText(SECRET).count(), 0);
});

test("somebody else finds it under Meer and Beheer, and approves", async () => {
  const { page, plan } = approver;
  await page.goto(plan.path("voor-mij"));
  await page.getByText("1 aanvraag om gegevens te wissen wacht op uw goedkeuring.").waitFor();
  await page.goto(plan.path("meer"));
  await page.getByText("1 aanvraag om gegevens te wissen wacht op uw goedkeuring.").waitFor();
  await page.getByRole("link", { name: "Beheer" }).first().click();
  await page.getByRole("link", { name: "Naar gegevens wissen" }).click();
  const card = page.locator(".card--small", { hasText: "telefoonnummer van een inwoner" });
  await assertAccessible(page, "requests to erase");
  await picture(page, "erasing-data");
  await card.getByRole("button", { name: /^Goedkeuren/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("De inhoud van 2 wijzigingen wordt gewist.").waitFor();
  await assertAccessible(page, "approving");
  await dialog.getByRole("button", { name: "Wissen" }).click();
  await page.getByText("Goedgekeurd. In Schrijftafel zijn de gegevens niet meer te zien").waitFor();
  await card.locator(".badge", { hasText: /^Gewist$/ }).waitFor();
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "requests to erase");
});

test("others see that it happened, on what ground, and nothing of what it said", async () => {
  const { page, plan } = writer;
  await page.goto(plan.path(`afspraken/${commitment.id}`));
  await page.locator(".timeline > li", { hasText: "vandaag gewist" }).getByText("maakte deze afspraak").waitFor();
  await page.getByText("De inhoud van deze wijziging is vandaag gewist.").first().waitFor();
  await page.getByText("had niet vastgelegd mogen worden (AVG art. 17 lid 1 d)").first().waitFor();
  await page.getByText("Nachtzorg bellen").first().waitFor();
  assert.ok(!(await page.content()).includes("Jansen"));
  await assertAccessible(page, "an erased change");
  await page.goto(plan.path("geschiedenis"));
  await page.getByText("De goedgekeurde gegevens zijn gewist").waitFor();
  assert.ok(!(await page.content()).includes("Jansen"));
  const closed = await plan.try("GET", `/commitments/${commitment.id}?revision=0`);
  assert.equal(closed.status(), 409);
});

test("what is left of them still proves itself", async () => {
  const { page, plan } = writer;
  await until("everything is signed", async () => {
    const { checkpoint, eventCount } = await plan.get("/witness-state");
    return checkpoint?.size === eventCount;
  }, { ms: 30_000 });
  for (const path of [`afspraken/${commitment.id}`, "geschiedenis"]) {
    await page.goto(plan.path(path));
    const ways = page.locator(".authenticity");
    await ways.first().waitFor();
    for (const steps of await page.locator(".earlier-steps > summary").all()) await steps.click();
    const count = Math.min(await ways.count(), 8);
    for (let index = 0; index < count; index += 1) {
      const way = ways.nth(index);
      await way.locator("summary").first().click();
      const said = way.locator("[role=status]:not(.meta), [role=alert]").first();
      await said.waitFor();
      assert.match(await said.innerText(), /^(Deze regel klopt: er is achteraf niets aan veranderd|De inhoud is later gewist)\. Vastgelegd op /, `${path} ${index}`);
    }
  }
  for (const path of [`afspraken/${commitment.id}`, "geschiedenis"]) {
    await page.goto(plan.path(path));
    const erased = page.locator(".timeline > li", { hasText: "De inhoud van deze wijziging is vandaag gewist" }).first();
    await erased.locator(".authenticity summary").first().click();
    await erased.getByText("De inhoud is later gewist. Vastgelegd").waitFor();
    assert.equal(await erased.getByText("niet zelf controleren").count(), 0, path);
  }
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...writer.faults, ...asker.faults, ...approver.faults], []);
});
