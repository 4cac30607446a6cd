// The programme team takes in an organisation, a team and a person from the pages; the person comes in by a link.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let team;
let newcomer;
let trekker;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [team, trekker, newcomer] = await Promise.all([person(browser, server, "programme"), person(browser, server, "writer"), person(browser, server)]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Waits for a message, and that one sees it without scrolling. */
async function told(page, words) {
  const message = page.locator(".notice", { hasText: words }).last();
  await message.waitFor();
  const seen = await message.evaluate((at) => {
    const { top, bottom } = at.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });
  assert.ok(seen, `"${words}" is in sight`);
}

test("a new chapter gets a team, the team a new person, and the person a link that works once", async () => {
  const { page, plan } = team;
  await page.goto(plan.path("beheer"));
  const form = (name) => page.locator("section", { has: page.getByRole("heading", { name }) });
  await form("Organisatie toevoegen").getByLabel("Naam van de organisatie").fill("Thuiszorg Noord");
  await form("Organisatie toevoegen").getByLabel("Sector").fill("thuiszorg");
  await form("Organisatie toevoegen").getByRole("button").click();
  await told(page, "Organisatie Thuiszorg Noord is toegevoegd.");
  await form("Schrijfteam toevoegen").getByLabel("Naam van het schrijfteam").fill("Schrijfteam Nachtzorg");
  await form("Schrijfteam toevoegen").getByRole("button").click();
  await told(page, "Schrijfteam Schrijfteam Nachtzorg is toegevoegd.");
  await form("Hoofdstuk toevoegen").getByLabel("Titel van het hoofdstuk").fill("Zorg in de nacht");
  await form("Hoofdstuk toevoegen").getByRole("button").click();
  await told(page, "Hoofdstuk Zorg in de nacht is toegevoegd.");
  await assertAccessible(page, "management");

  await page.getByRole("link", { name: "Zorg in de nacht" }).click();
  await page.getByText("Nog geen schrijfteam").waitFor();
  await page.getByRole("button", { name: "Schrijfteam kiezen" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Schrijfteam").selectOption({ label: "Schrijfteam Nachtzorg" });
  await dialog.getByRole("button", { name: "Schrijfteam kiezen" }).click();
  await told(page, "Zorg in de nacht heeft nu dit schrijfteam: Schrijfteam Nachtzorg.");

  await page.goto(plan.path("mensen"));
  const people = form("Persoon toevoegen");
  await people.getByLabel("Naam").fill("Noor de Vries");
  await people.getByLabel("Organisatie").selectOption({ label: "Thuiszorg Noord" });
  await people.getByLabel("Rol").selectOption({ label: "Schrijver" });
  await people.getByLabel("Schrijfteam").selectOption({ label: "Schrijfteam Nachtzorg" });
  await people.getByRole("button", { name: "Persoon toevoegen" }).click();
  await told(page, "Noor de Vries doet nu mee.");
  await assertAccessible(page, "people");
  // In the message: the organisation may be folded away.
  await page.locator(".notice").getByRole("button", { name: "Aanmeldlink maken voor Noor de Vries" }).press("Enter");
  await page.getByRole("dialog", { name: "Aanmeldlink voor Noor de Vries" }).getByRole("button", { name: "Annuleren" }).click();
  await page.locator("summary", { hasText: /^Thuiszorg Noord \(/ }).waitFor();
  await page.getByRole("searchbox", { name: "Zoek op naam of organisatie" }).fill("noor vries");
  await page.getByText("Schrijver van Schrijfteam Nachtzorg").waitFor();
  await page.locator(".parties").getByRole("button", { name: "Aanmeldlink maken voor Noor de Vries" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Aanmeldlink maken" }).click();
  const link = await page.getByRole("dialog").getByLabel("Aanmeldlink").inputValue();
  await assertAccessible(page, "the link");
  await picture(page, "sign-in-link");

  await newcomer.page.goto(link.replace(new URL(link).origin, newcomer.line.url));
  await newcomer.page.waitForURL((url) => !url.pathname.startsWith("/aanmelden"));
  await newcomer.page.locator(".top__who", { hasText: "Noor de Vries" }).waitFor();
  const again = await newcomer.page.request.post(`${newcomer.line.url}/api/v1/session`, {
    data: { token: new URL(link).hash.replace("#token=", "") },
    headers: { Origin: newcomer.line.url },
  });
  assert.equal(again.status(), 401, "a link works once");
});

test("the trekker offers a chapter where she writes, and going back to drafting says what that means", async () => {
  const { page, plan } = trekker;
  const chapter = plan.chapters.find((each) => each.mayWrite && each.state === "reading");
  await team.page.goto(team.plan.path("beheer"));
  await team.page.getByRole("button", { name: `Terug naar in bewerking: ${chapter.title}` }).click();
  const dialog = team.page.getByRole("dialog");
  await dialog.getByText("Het schrijfteam kan blijven schrijven, zoals nu.").waitFor();
  await dialog.getByLabel("Reden").fill("Nog niet af");
  await dialog.getByRole("button", { name: "Terug naar in bewerking" }).click();
  await told(team.page, `De stand van ${chapter.title} is nu: in bewerking.`);
  await page.goto(plan.path(`hoofdstukken/${chapter.id}/schrijven`));
  await page.getByRole("button", { name: "Klaar voor meelezen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Klaar voor meelezen" }).click();
  await told(page, `De stand van ${chapter.title} is nu: meelezen.`);
  assert.equal(await page.getByRole("button", { name: "Klaar voor meelezen" }).count(), 0);
});

test("a version that was frozen stays listed and readable after its chapter is reopened", async () => {
  const { page, plan } = team;
  const chapter = plan.chapters.find((each) => each.state === "reading" && each.mayChangeStateTo.includes("frozen"));
  const change = (body) => plan.post(`/chapters/${chapter.id}/state-changes`, body, { "If-Match": "*" });
  await change({ to: "frozen", version: "Naar de colleges", reason: "Voorleggen" });
  await page.goto(plan.path("besluiten"));
  await page.getByText("Versie: Naar de colleges").waitFor();
  const earlier = page.locator("section", { has: page.getByRole("heading", { name: "Eerder vastgelegd" }) });
  assert.equal(await earlier.count(), 0, "it is the text of now");
  await change({ to: "drafting", reason: "Toch nog iets" });
  await page.reload();
  const link = earlier.getByRole("link", { name: `${chapter.title}, versie “Naar de colleges”` });
  await link.waitFor();
  await earlier.getByText(/^Vastgelegd vandaag \d\d:\d\d$/).waitFor();
  assert.equal(await page.getByText("nog geen hoofdstuk").count(), 0);
  await assertAccessible(page, "versions that were frozen earlier");
  await picture(page, "frozen-earlier");
  await link.click();
  await page.getByText(/^U leest: de tekst van vandaag/).waitFor();
});

test("whoever loses their only role stays on the page, and gets one back there", async () => {
  const { page, plan } = team;
  await page.goto(plan.path("mensen"));
  await page.locator("summary", { hasText: /^Thuiszorg Noord \(/ }).click();
  await page.getByRole("button", { name: /^Rol intrekken: .*, Noor de Vries$/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Waarom trekt u de rol in?").fill("Andere baan");
  await dialog.getByRole("button", { name: "Rol intrekken" }).click();
  await told(page, "De rol van Noor de Vries is ingetrokken.");
  await page.locator("section", { has: page.getByRole("heading", { name: "Zonder rol" }) }).getByText("Noor de Vries").waitFor();
  const form = page.locator("section", { has: page.getByRole("heading", { name: "Rol geven" }) });
  await form.getByLabel("Wie").selectOption({ label: "Noor de Vries (Thuiszorg Noord)" });
  await form.getByLabel("Rol").selectOption({ label: "Contactpersoon" });
  await form.getByRole("button", { name: "Rol geven" }).click();
  await told(page, "Noor de Vries heeft nu de rol Contactpersoon.");
  await until("nobody is without a role", async () => (await page.getByRole("heading", { name: "Zonder rol" }).count()) === 0);
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "people");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...team.faults, ...trekker.faults, ...newcomer.faults], []);
});
