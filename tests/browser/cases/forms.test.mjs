// Every form leads to what is missing: pressing its button on an empty form puts the focus in the first field with a
// message, which a screen reader says with it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let team;
let visitor;
let restorable;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, team, visitor] = await Promise.all([person(browser, server, "writer"), person(browser, server, "programme"), person(browser, server)]);
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  await editor.type("Een woord.");
  await editor.saved();
  const { items } = await team.plan.get(`/chapters/${chapter.id}/history`);
  restorable = `hoofdstukken/${chapter.id}/terugzetten/${items[0].fromPosition}`;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The field that has the focus: its name, what is said beside it, and whether it is the first with a message. */
async function focused(page) {
  return page.evaluate(() => {
    const at = document.activeElement;
    const first = at.closest("form")?.querySelector("[aria-invalid=true]");
    const said = (at.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
    const { top, bottom } = at.getBoundingClientRect();
    return { isFirst: first === at, label: at.labels?.[0]?.textContent ?? at.tagName, said: said.join(" "), inSight: top >= 0 && bottom <= window.innerHeight };
  });
}

async function leadsTo(page, button, { label, message }) {
  await button.click();
  const at = await until(`the focus is in ${label}`, async () => {
    const found = await focused(page);
    return found.isFirst && found;
  }, { ms: 4_000 });
  assert.ok(at.label.startsWith(label), `the first field is ${label}, not ${at.label}`);
  assert.ok(at.said.includes(message), `"${message}" is said with ${label}: "${at.said}"`);
  assert.ok(at.inSight, `${label} is in sight`);
}

/** Page → the button of each form on it, with the first field that lacks something. */
const FORMS = {
  beheer: [
    ["Organisatie toevoegen", { label: "Naam van de organisatie", message: "Vul een naam in." }],
    ["Schrijfteam toevoegen", { label: "Naam van het schrijfteam", message: "Vul een naam in." }],
    ["Toevoegen", { label: "Titel van het hoofdstuk", message: "Geef het hoofdstuk een titel." }],
  ],
  mensen: [
    ["Persoon toevoegen", { label: "Naam", message: "Vul een naam in." }],
    ["Rol geven", { label: "Wie", message: "Kies eerst wie." }],
  ],
  koppelingen: [["Toegangscode maken", { label: "Waarvoor is de code?", message: "Geef de code een naam" }]],
  "beheer/gegevens-wissen?hoofdstuk=": [["Wissen aanvragen", { label: "Hoofdstuk", message: "Kies van welk hoofdstuk de eerdere tekst wordt gewist." }]],
  "beheer/gegevens-wissen?wijziging=1": [["Wissen aanvragen", { label: "Waarom mag dit weg?", message: "Kies waarom dit weg mag." }]],
};

test("on every page of the programme team, at a desk and on a phone", async () => {
  const { page, plan } = team;
  for (const viewport of [undefined, PHONE]) {
    if (viewport !== undefined) await page.setViewportSize(viewport);
    for (const [path, forms] of Object.entries({ ...FORMS, [restorable]: [["Terugzetten", { label: "Waarom zet u dit terug?", message: "Schrijf erbij waarom u dit terugzet." }]] })) {
      await page.goto(plan.path(path));
      for (const [name, field] of forms) await leadsTo(page, page.getByRole("button", { name, exact: true }), field);
    }
    await picture(page, viewport === undefined ? "form-empty" : "form-empty-phone");
  }
});

test("in a dialog, and in the form of an agreement", async () => {
  await team.page.goto(team.plan.path("mensen"));
  await team.page.locator("details > summary").first().click();
  await team.page.getByRole("button", { name: /^Rol intrekken: / }).first().click();
  const dialog = team.page.getByRole("dialog");
  await leadsTo(team.page, dialog.getByRole("button", { name: "Rol intrekken" }), { label: "Waarom trekt u de rol in?", message: "Schrijf erbij waarom." });
  await anna.page.goto(anna.plan.path("afspraken/nieuw"));
  await leadsTo(anna.page, anna.page.getByRole("button", { name: "Afspraak maken" }), { label: "Titel", message: "Geef de afspraak een titel." });
});

test("what one adds to an agreement or takes away takes the focus along", async () => {
  const { page, plan } = anna;
  await page.goto(plan.path("afspraken/nieuw"));
  const button = (name) => page.getByRole("button", { name, exact: true });
  const at = () => page.evaluate(() => [document.activeElement.closest("fieldset.item")?.querySelector("legend").textContent, document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent]);
  for (const number of [1, 2, 3]) {
    await button("Bedrag toevoegen").press("Enter");
    const [item, field] = await at();
    assert.equal(item, `Bedrag ${number}`, "in the new part");
    assert.match(field, /^Jaar/, "at its first field");
  }
  // The one that comes in its place, the one before, and with none left the button that adds one.
  for (const [taken, next] of [[1, "Bedrag 1 weghalen"], [2, "Bedrag 1 weghalen"], [1, "Bedrag toevoegen"]]) {
    await button(`Bedrag ${taken} weghalen`).press("Enter");
    assert.equal((await at())[1], next);
  }
  await button("Resultaat toevoegen").press("Enter");
  assert.equal((await at())[1], "In een getal", "of choices the one that is chosen");
});

const UNFINISHED = "Deze datum is niet af. Vul dag, maand en jaar in, of maak het veld leeg.";

test("a day that is half filled in is no empty one: nothing goes until it is whole or empty", async () => {
  const { page, plan } = anna;
  const { items } = await plan.get("/commitments");
  const each = await Promise.all(items.map(({ id }) => plan.get(`/commitments/${id}`)));
  const dated = each.find(({ mayEdit, termEnd }) => mayEdit && termEnd !== null);
  assert.ok(dated, "an agreement with an end that Anna may change");
  await page.goto(plan.path(`afspraken/${dated.id}/wijzigen`));
  const day = page.getByLabel("Loopt tot en met");
  await day.focus();
  await page.keyboard.press("Delete");
  assert.equal(await page.getByText(UNFINISHED).count(), 0, "nobody is told while still filling it in");
  await page.keyboard.press("Enter");
  await page.getByText(UNFINISHED).waitFor();
  await leadsTo(page, page.getByRole("button", { name: "Opslaan" }), { label: "Loopt tot en met", message: UNFINISHED });
  assert.equal((await plan.get(`/commitments/${dated.id}`)).termEnd, dated.termEnd, "the end stands as it was");
  await day.fill("2029-06-30");
  await page.getByText(UNFINISHED).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByText("De afspraak is opgeslagen.").first().waitFor();
  assert.equal((await plan.get(`/commitments/${dated.id}`)).termEnd, "2029-06-30");

  await team.page.goto(team.plan.path("geschiedenis"));
  await team.page.getByText("Kies wat u wilt zien").click();
  const address = team.page.url();
  // The field was empty, so that the browser tells nobody that something was typed.
  await team.page.getByLabel("Vanaf").focus();
  await team.page.keyboard.type("12");
  await leadsTo(team.page, team.page.getByRole("button", { name: "Toon", exact: true }), { label: "Vanaf", message: UNFINISHED });
  assert.equal(team.page.url(), address, "nothing was chosen");
});

test("several fields that lack something are counted", async () => {
  const { page, plan } = team;
  await page.goto(plan.path("mensen"));
  const form = page.locator("form", { has: page.getByRole("button", { name: "Persoon toevoegen", exact: true }) });
  await form.getByRole("button", { name: "Persoon toevoegen", exact: true }).click();
  await form.getByText("3 velden zijn nog niet goed.").waitFor();
  await form.getByLabel("Naam").fill("Ineke Post");
  await form.getByText("2 velden zijn nog niet goed.").waitFor();
});

test("where one signs in", async () => {
  await visitor.page.goto("/aanmelden");
  await leadsTo(visitor.page, visitor.page.getByRole("button", { name: "Aanmelden" }), { label: "Uw aanmeldlink", message: "Plak eerst uw aanmeldlink." });
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...team.faults, ...visitor.faults], []);
});
