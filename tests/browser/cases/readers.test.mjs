// Who does not make the plan: a resident and a contact person read nothing untrue, and find no way that ends at a wall.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { PHONE, person, picture, signIn, startBrowser } from "../harness/browser.mjs";
import { Plan } from "../harness/plan.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let team;
let resident;
let contact;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  team = await person(browser, server, "programme");
  resident = await takenIn("Riet Bos", "resident", PHONE);
  contact = await takenIn("Cor Vink", "contactpersoon");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Somebody new in the plan, for a party that owns a commitment, signed in. */
async function takenIn(name, role, viewport) {
  const made = await team.plan.post("/people", { name });
  const { items } = await team.plan.get("/commitments");
  const partyId = items.find((each) => each.ownerPartyId !== null).ownerPartyId;
  await team.plan.post("/rights", { personId: made.id, partyId, role });
  const someone = await person(browser, server, undefined, viewport && { viewport });
  const link = server.linkFor({ person: made, party: { id: partyId } });
  await signIn(someone.page, link.replace(server.url, someone.line.url));
  return { ...someone, plan: await Plan.of(someone.line.url, someone.page) };
}

const UNTRUE = /nog geen afspraken|0 van de|Niemand anders wijzigde|U kunt dit hoofdstuk nu lezen|U leest|Uw rol staat|Nog geen tekst/;

test("a resident reads why a text is not there yet and from when, and nothing untrue", async () => {
  const { page, plan } = resident;
  const [chapter] = plan.chapters;
  const pages = ["voor-mij", "plan", "afspraken", "besluiten", "meer", "mensen", "geschiedenis", `hoofdstukken/${chapter.id}`, `hoofdstukken/${chapter.id}/schrijven`];
  for (const path of pages) {
    await page.goto(plan.path(path));
    await page.locator("main h1").first().waitFor();
    await page.locator(".waiting").waitFor({ state: "detached" });
    assert.doesNotMatch(await page.locator("main").innerText(), UNTRUE, path);
    await assertFitsWidth(page, path);
    await picture(page, `resident-${path.replaceAll("/", "-").replace(chapter.id, "1")}`);
  }
  await page.getByText("U kunt").filter({ hasText: "voorgelegd" }).first().waitFor();
  await page.goto(plan.path("plan"));
  await page.getByText("U kunt", { exact: false }).first().waitFor();
  await assertAccessible(page, "the plan as a resident sees it");
  assert.equal(await page.locator("main").getByRole("link").count(), 0, "no way to what is closed");
  await page.goto(plan.path("meer"));
  await page.getByRole("link", { name: "Echtheid" }).first().waitFor();
  assert.deepEqual(await page.getByRole("link", { name: /^(Mensen|Geschiedenis|Afspraken)$/ }).count(), 0);
});

test("a contact person reads that they see what is of their own organisation", async () => {
  const { page, plan } = contact;
  await page.goto(plan.path("afspraken"));
  await page.getByText(/^U ziet de afspraken waarin .* genoemd wordt\.$/).waitFor();
  await page.goto(plan.path("besluiten"));
  await page.getByText(/^Compleet: \d+ van .* waarin .* genoemd wordt\.$/).waitFor();
  await page.goto(plan.path("mensen"));
  await page.getByText(/Mensen van andere organisaties ziet u hier niet/).waitFor();
  assert.ok(await page.getByText("Cor Vink").count() > 0);
  await page.goto(plan.path("geschiedenis"));
  await page.getByText(/^Wat mensen van .* in dit plan deden/).waitFor();
  await page.goto(plan.path("afspraken/nieuw"));
  await page.getByText(/^Een nieuwe afspraak maakt het schrijfteam/).waitFor();
  assert.equal(await page.getByRole("button", { name: "Afspraak maken" }).count(), 0);
});

test("a commitment marks as many parts as the list counts, and says what a result lacks", async () => {
  const anna = await person(browser, server, "writer");
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  const result = { kind: "quantitative", indicator: "Wachttijd", dimension: null, promise: null, baseline: null, target: "10", unit: "dagen", date: null };
  const made = await anna.plan.post("/commitments", { title: "Zonder datum", chapterId: chapter.id, results: [result] });
  const { page, plan } = anna;
  await page.goto(plan.path("afspraken?zoek=Zonder datum"));
  const [, counted] = /(\d+) onderdelen/.exec(await page.locator("article", { hasText: "Zonder datum" }).innerText());
  await page.goto(plan.path(`afspraken/${made.id}`));
  await page.getByText("Wachttijd: 10 dagen (nog niet ingevuld: op datum)").waitFor();
  assert.equal(await page.getByText(/^Nog uit te werken/).count(), Number(counted));
  await picture(page, "commitment-result-lacks");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...team.faults, ...resident.faults, ...contact.faults], []);
});
