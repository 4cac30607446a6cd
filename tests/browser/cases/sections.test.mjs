// Sections with the same title: a plan repeats its headings under every task, and each is a section of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "../harness/accessibility.mjs";
import { nameOf, picture, until } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { atOneChapter } from "../harness/together.mjs";

const PASTED = "<p>Twee opgaven.</p><h1>Opgave A</h1><h2>Wat gaan we doen?</h2><p>Plan A oud.</p><h1>Opgave B</h1><h2>Wat gaan we doen?</h2><p>Plan B oud.</p>";

let table;
let anna;
let bram;
let team;
let chapter;

before(async () => {
  table = await atOneChapter("programme");
  ({ chapter } = table);
  [anna, bram, team] = table.people;
});

after(async () => {
  await table?.end();
});

/** Whether these words stand at the server: what was just typed may not yet be said to wait. */
const stands = async (words) => JSON.stringify(await team.plan.get(`/chapters/${chapter.id}/text`)).includes(words);

const at = async () => (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;

test("the undo of a restored section takes back that section, also where another has its title", async () => {
  const one = await openChapter(anna.page, anna.plan, chapter);
  await one.toEnd();
  await one.paste(PASTED, { type: "text/html" });
  await until("the pasted sections stand at the server", () => stands("Plan B oud."));
  const old = await at();
  const two = await openChapter(bram.page, bram.plan, chapter);
  await agree([one, two]);
  for (const task of ["A", "B"]) {
    await two.after(`Plan ${task} oud.`);
    await two.type(` Erbij in ${task}.`);
    await until("the words stand at the server", () => stands(`Erbij in ${task}.`));
  }
  const { items } = await team.plan.get(`/chapters/${chapter.id}/sections?at=${old}`);
  const alike = items.filter(({ title }) => title === "Wat gaan we doen?");
  for (const { index } of alike) await team.plan.post(`/chapters/${chapter.id}/restores`, { toPosition: old, section: index, reason: "Zoals afgesproken." });
  await until("both came back", async () => !/Erbij in [AB]\./.test(await one.text()));

  const { page } = team;
  // Whoever reads the text of then can go on to put it back.
  await page.goto(team.plan.path(`hoofdstukken/${chapter.id}?op=${old}`));
  await page.getByRole("link", { name: "Terugzetten naar deze tekst" }).click();
  for (const above of ["A", "B"]) await page.getByRole("radio", { name: `Alleen “Wat gaan we doen?” (onder “Opgave ${above}”)` }).waitFor();
  const left = (name) => page.getByText(name).first().evaluate((label) => label.getBoundingClientRect().left);
  assert.ok((await left("Alleen “Wat gaan we doen?” (onder “Opgave A”)")) > (await left("Alleen “Opgave A”")), "a section stands under what it is part of");
  await picture(page, "sections-to-choose");
  await page.goto(team.plan.path(`hoofdstukken/${chapter.id}/geschiedenis`));
  await page.getByRole("link", { name: /^Maak dit weer ongedaan/ }).first().click();
  await page.locator("ins", { hasText: "Erbij in B." }).waitFor();
  assert.equal(await page.getByText("Erbij in A.").count(), 0);
  assert.equal(await page.getByRole("radio").count(), 0, "to undo it there is nothing to choose");
  await assertAccessible(page, "sections with the same title");
  await picture(page, "sections-with-one-title");
  await page.getByLabel("Waarom maakt u dit ongedaan?").fill("Toch niet.");
  await page.getByRole("button", { name: "Ongedaan maken" }).click();
  await page.getByRole("button", { name: "Ja, ongedaan maken" }).click();
  await until("B's words are back", async () => (await one.text()).includes("Plan B oud. Erbij in B."));
  assert.doesNotMatch(await one.text(), /Erbij in A\./);
});

test("a moment from before the chapter was offered says that, and is not offered to go back to", async () => {
  const { page, plan } = team;
  const { items } = await anna.plan.get(`/chapters/${chapter.id}/history`);
  const [before, own] = [items.at(-1).fromPosition, `hoofdstukken/${chapter.id}`];
  for (const path of [`${own}?op=${before}`, `${own}/geschiedenis/${before}/nu`, `${own}/terugzetten/${before}`]) {
    await page.goto(plan.path(path));
    await page.getByText("Dit is van vóór het klaarzetten voor meelezen. Alleen het schrijfteam kan het lezen.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Terugzetten naar" }).count(), 0, path);
    assert.equal(await page.getByText("nog niets klaargezet").count(), 0, path);
  }
});

test("a comparison in words says under which heading, and whose words somebody took out", async () => {
  const one = await openChapter(anna.page, anna.plan, chapter);
  const before = await at();
  await one.after("Erbij in B.");
  for (const _ of " Erbij in B.") await one.press("Backspace");
  await until("the words are gone at the server", async () => !(await stands("Erbij in B.")));
  const { page } = team;
  await page.goto(team.plan.path(`hoofdstukken/${chapter.id}/geschiedenis/${before}/nu`));
  assert.equal(await page.locator("del.run").first().getAttribute("title"), `Weggehaald door ${nameOf(anna)} (van ${nameOf(bram)}):`);
  await page.getByRole("button", { name: "In woorden" }).click();
  assert.equal(await page.locator(".sentences > li > .meta").innerText(), "Onder “Wat gaan we doen?”");
  await page.getByText(`${nameOf(anna)} haalde weg wat ${nameOf(bram)} schreef: “Erbij in B.”`).waitFor();
  await picture(page, "whose-words-went");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});
