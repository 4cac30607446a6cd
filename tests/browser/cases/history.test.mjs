// Who wrote what, who deleted what, and bringing it back while somebody goes on typing.
//
// Why it exists: "who changed this, for which party?" is the question the product must always be able to answer,
// and an answer must never cost somebody else's work.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, nameOf, PHONE, picture, until } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { atOneChapter } from "../harness/together.mjs";

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

/** Whether an element lies in what one sees of the page. */
async function inSight(element) {
  return element.evaluate((at) => {
    const { top, bottom } = at.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });
}


test("the history names each writer with the right party for the right words, deletions included", async () => {
  const [one, two] = await Promise.all([openChapter(anna.page, anna.plan, chapter), openChapter(bram.page, bram.plan, chapter)]);
  await one.toEnd();
  await one.press("Enter");
  await one.type("Zin van Anna met een overbodig stuk.");
  await one.saved();
  await until("Bram sees it", async () => (await two.text()).includes("overbodig stuk."));
  const { items } = await team.plan.get(`/chapters/${chapter.id}/history`);
  const between = items[0].toPosition;
  await two.after("met een overbodig stuk");
  for (const _ of " met een overbodig stuk") await two.press("Backspace");
  // One change that takes "een" and brings "en" would leave Anna two of her letters.
  await two.saved();
  await two.type(" en Bram");
  const text = await agree([one, two]);
  assert.match(text, /Zin van Anna en Bram\./);
  await two.saved();

  const [annaIs, bramIs] = [nameOf(anna), nameOf(bram)];
  await team.page.goto(team.plan.path(`hoofdstukken/${chapter.id}/schrijvers`));
  const written = (who) => team.page.locator("[title]", { hasText: /\S/ }).filter({ hasText: `(${who}:)` });
  await written(annaIs).filter({ hasText: "Zin van Anna" }).first().waitFor();
  await written(bramIs).filter({ hasText: " en Bram" }).first().waitFor();
  await picture(team.page, "who-wrote-what");

  await team.page.goto(team.plan.path(`hoofdstukken/${chapter.id}/geschiedenis/${between}/nu`));
  const deleted = team.page.locator("del", { hasText: "met een overbodig stuk" });
  await deleted.first().waitFor();
  assert.equal(await deleted.first().getAttribute("title"), `Weggehaald door ${bramIs} (van ${annaIs}):`);
  const inserted = team.page.locator("ins", { hasText: "en Bram" });
  assert.equal(await inserted.first().getAttribute("title"), `Toegevoegd door ${bramIs}:`);
  await team.page.getByRole("button", { name: "In woorden" }).click();
  await team.page.locator(".sentences li", { hasText: "overbodig" }).first().waitFor();
  await picture(team.page, "difference-in-words");
});

test("who undoes their own deletion has put the words back, and did not write them", async () => {
  const [one, two] = await Promise.all([openChapter(anna.page, anna.plan, chapter), openChapter(bram.page, bram.plan, chapter)]);
  await one.toEnd();
  await one.press("Enter");
  await one.type("Deze toezegging schreef Anna zelf.");
  await one.saved();
  await until("Bram sees it", async () => (await two.text()).includes("Anna zelf."));
  await two.after("Deze toezegging schreef Anna");
  for (const _ of "toezegging schreef Anna") await two.press("Backspace");
  await two.saved();
  const gone = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  await until("Bram's undo brings all back", async () => {
    await two.press("Control+z");
    return (await two.text()).includes("Deze toezegging schreef Anna zelf.");
  });
  await two.saved();
  await agree([one, two]);

  const [annaIs, bramIs] = [nameOf(anna), nameOf(bram)];
  await team.page.goto(team.plan.path(`hoofdstukken/${chapter.id}/schrijvers`));
  const words = team.page.locator("[title]", { hasText: "toezegging schreef Anna" });
  assert.equal(await words.first().getAttribute("title"), `${annaIs}, teruggezet door ${bramIs}`);
  await picture(team.page, "who-wrote-what-put-back");
  await team.page.goto(team.plan.path(`hoofdstukken/${chapter.id}/geschiedenis/${gone}/nu`));
  const back = team.page.locator("ins", { hasText: "toezegging schreef Anna" });
  assert.equal(await back.first().getAttribute("title"), `Teruggezet door ${bramIs} (eerder van ${annaIs}):`);
  await team.page.getByRole("button", { name: "In woorden" }).click();
  await team.page.getByText(`${bramIs} zette terug wat ${annaIs} schreef: “toezegging schreef Anna”`).waitFor();
  await picture(team.page, "put-back-in-words");
});

test("the programme team restores a section while a writer types elsewhere in the chapter: both survive", async () => {
  const one = await openChapter(anna.page, anna.plan, chapter);
  await one.toEnd();
  await one.press("Enter");
  await one.press("Enter");
  await one.type("## ");
  await one.type("Paragraaf om terug te zetten");
  await one.press("Enter");
  await one.type("De oude, goede inhoud.");
  await one.press("Enter");
  await one.type("## ");
  await one.type("Paragraaf waar wordt doorgetypt");
  await one.press("Enter");
  await one.type("Begin.");
  await one.saved();
  const good = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  await one.after("De oude, goede inhoud.");
  for (const _ of "De oude, goede inhoud.") await one.press("Backspace");
  await one.type("Iets wat weg moet.");
  await one.saved();

  await team.page.goto(team.plan.path(`hoofdstukken/${chapter.id}/terugzetten/${good}`));
  await team.page.getByLabel(/Paragraaf om terug te zetten/).check();
  await team.page.locator("ins", { hasText: "goede inhoud" }).first().waitFor();
  await picture(team.page, "restore-preview");
  await team.page.getByLabel("Waarom zet u dit terug?").fill("De oude inhoud was afgesproken.");
  await one.after("Begin.");
  const numbers = Array.from({ length: 80 }, (_, index) => ` ${index + 1}`).join("");
  const typing = one.type(numbers, { delay: 30 });
  await team.page.getByRole("button", { name: "Terugzetten", exact: true }).click();
  await team.page.getByRole("button", { name: "Ja, terugzetten" }).click();
  await team.page.getByText("Teruggezet", { exact: true }).first().waitFor();
  await typing;
  await one.saved();
  await until("the restore has arrived", async () => (await one.text()).includes("De oude, goede inhoud."));
  const text = await one.text();
  assert.ok(text.includes(`Begin.${numbers}`), `what was typed meanwhile is whole:\n${text.slice(-600)}`);
  assert.doesNotMatch(text, /Iets wat weg moet/);

  const told = anna.page.locator(".desk__news", { hasText: `Een paragraaf is teruggezet door ${nameOf(team)}: “Paragraaf om terug te zetten”.` });
  await told.getByText("Reden: De oude inhoud was afgesproken.").waitFor();
  assert.ok(await inSight(told), "the writer sees it without scrolling");
  await picture(anna.page, "restored-notice");
  await assertAccessible(anna.page, "a restore is told to whoever writes");
  await anna.page.setViewportSize(PHONE);
  await assertFitsWidth(anna.page, "a restore is told on a phone");
  await picture(anna.page, "restored-notice-phone");
  await anna.page.setViewportSize(DESK);
  assert.match(await told.getByRole("link", { name: "Bekijk de geschiedenis" }).getAttribute("href"), /\/geschiedenis$/);
  await told.getByRole("button", { name: "Begrepen" }).click();
  await until("the notice goes", async () => (await told.count()) === 0);

  const newest = (await team.plan.get(`/chapters/${chapter.id}/history`)).items.find((entry) => entry.kind === "restored");
  assert.equal(newest?.reason, "De oude inhoud was afgesproken.");
  const blame = await team.plan.get(`/chapters/${chapter.id}/blame`);
  const run = blame.blocks.flatMap((block) => block.runs).find((each) => each.text.includes("goede inhoud"));
  assert.equal(run?.written.actor.person?.id, anna.me.person.id, "restored words keep their first author");

  await theTextNow(team.page).getByText("De oude, goede inhoud.").waitFor();
  assert.equal(await theTextNow(team.page).getByText("Begin.").count(), 0, "only the section that came back is shown");
});

/** Where the page after a restore shows the text as it is now. */
const theTextNow = (page) => page.locator("section", { has: page.getByRole("heading", { name: "Zo staat het er nu" }) });

test("who wrote on after a restore keeps that when the restore is undone, and the preview says so", async () => {
  const { page } = team;
  const one = await openChapter(anna.page, anna.plan, chapter);
  await one.after("De oude, goede inhoud.");
  await one.type(" Na het terugzetten getypt.");
  await one.saved();
  // The page after the restore is still open.
  await theTextNow(page).getByText("De oude, goede inhoud. Na het terugzetten getypt.").waitFor();
  await assertAccessible(page, "after a restore");
  await picture(page, "restored-text-now");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "after a restore on a phone");
  await picture(page, "restored-text-now-phone");
  await page.setViewportSize(DESK);

  await page.getByRole("link", { name: "Maak dit weer ongedaan" }).waitFor();
  // The same way stands at the line of the restore, for later.
  await page.goto(team.plan.path(`hoofdstukken/${chapter.id}/geschiedenis`));
  await page.locator(".entry--restored").first().getByRole("link", { name: /^Maak dit weer ongedaan/ }).click();
  await page.getByRole("heading", { name: `Terugzetten ongedaan maken: ${chapter.title}` }).waitFor();
  await page.getByText("Wat iemand sinds het terugzetten schreef, weghaalde of opmaakte, blijft zo.").waitFor();
  await page.locator("del", { hasText: "goede inhoud" }).first().waitFor();
  await page.locator("ins", { hasText: "Iets wat weg moet" }).first().waitFor();
  assert.equal(await page.locator("del", { hasText: "Na het terugzetten" }).count(), 0, "nothing that was typed since goes");
  assert.equal(await page.getByRole("radio").count(), 0, "an undo offers nothing else to bring back");
  await picture(page, "restore-undo-preview");
  await page.getByLabel("Waarom maakt u dit ongedaan?").fill("Toch niet.");
  await one.after("Na het terugzetten getypt.");
  const numbers = Array.from({ length: 60 }, (_, index) => ` ${index + 1}`).join("");
  const typing = one.type(numbers, { delay: 30 });
  await page.getByRole("button", { name: "Ongedaan maken", exact: true }).click();
  await page.getByRole("button", { name: "Ja, ongedaan maken" }).click();
  await page.getByText("Het terugzetten is ongedaan gemaakt", { exact: true }).first().waitFor();
  await typing;
  await one.saved();
  await until("the restore is undone", async () => (await one.text()).includes("Iets wat weg moet."));
  const text = await one.text();
  assert.doesNotMatch(text, /De oude, goede inhoud/);
  await anna.page.locator(".desk__news", { hasText: /Het terugzetten van vandaag \d\d:\d\d(:\d\d)? is ongedaan gemaakt door/ }).getByText("Reden: Toch niet.").waitFor();
  await picture(anna.page, "undone-notice");
  assert.ok(text.includes(`Iets wat weg moet. Na het terugzetten getypt.${numbers}`), `what was typed since the restore is whole, behind what came back:\n${text.slice(-600)}`);
});

test("every list of restores says what came back, and says it once", async () => {
  const { items } = await team.plan.get(`/chapters/${chapter.id}/history`);
  const restores = items.filter((entry) => entry.kind === "restored");
  assert.equal(restores.length, 2);
  // To the second where both were in one minute.
  const undone = /maakte het terugzetten van vandaag \d\d:\d\d(:\d\d)? ongedaan$/;
  await anna.page.goto(anna.plan.path("voor-mij"));
  const card = anna.page.locator(".news", { hasText: chapter.title });
  await card.getByText(undone).waitFor();
  await assertAccessible(anna.page, "what is new, with a restore");
  await card.scrollIntoViewIfNeeded();
  await picture(anna.page, "for-me-restored");
  await anna.page.setViewportSize(PHONE);
  await assertFitsWidth(anna.page, "what is new on a phone");
  await card.scrollIntoViewIfNeeded();
  await picture(anna.page, "for-me-restored-phone");
  await anna.page.setViewportSize(DESK);
  await team.page.goto(team.plan.path("geschiedenis?over=text"));
  const lines = team.page.locator(".timeline .entry", { hasText: new RegExp(`( terug in ${chapter.title}| maakte in ${chapter.title} het terugzetten van vandaag \\d\\d:\\d\\d(:\\d\\d)? ongedaan)`) });
  await lines.filter({ hasText: "ongedaan" }).waitFor();
  await lines.filter({ hasText: "zette de paragraaf “Paragraaf om terug te zetten” terug in" }).first().getByText(/\d+ tekens? erbij, \d+ tekens? weg/).waitFor();
  assert.equal(await lines.count(), 2, "one line for each restore");
  await picture(team.page, "plan-history-restored");
  await team.page.goto(team.plan.path(`hoofdstukken/${chapter.id}/geschiedenis`));
  await team.page.getByRole("heading", { name: undone }).waitFor();
  await team.page.getByText("De tekens bij een regel tellen al het typen en wissen").waitFor();
  const taken = team.page.locator(".entry--restored", { hasText: "Dit terugzetten is ongedaan gemaakt." });
  await taken.getByRole("heading", { name: "Paragraaf om terug te zetten" }).waitFor();
  const ways = (of) => of.getByRole("link", { name: /^Maak dit weer ongedaan/ }).count();
  assert.deepEqual([await ways(taken), await ways(team.page.locator(".entry--restored"))], [0, 1], "only the undo is in force");
  await team.page.getByRole("heading", { name: `${nameOf(team)} zette de paragraaf “Paragraaf om terug te zetten” terug naar de tekst van` }).waitFor();
  await picture(team.page, "chapter-history-undone");
});

test("the programme team restores a section in which a writer types all the while: what is typed after the preview stays", async () => {
  const one = await openChapter(anna.page, anna.plan, chapter);
  await one.toEnd();
  for (const _ of "12") await one.press("Enter");
  await one.type("## ");
  await one.type("Paragraaf waarin steeds wordt getypt");
  await one.press("Enter");
  await one.type("De afgesproken zin.");
  await one.saved();
  const good = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  for (const _ of "De afgesproken zin.") await one.press("Backspace");
  await one.type("Een andere zin.");
  await one.saved();

  const { page } = team;
  await page.goto(team.plan.path(`hoofdstukken/${chapter.id}/terugzetten/${good}`));
  await page.getByLabel(/Paragraaf waarin steeds wordt getypt/).check();
  await page.locator("ins", { hasText: "De afgesproken" }).first().waitFor();
  let typed = 0;
  let goesOn = true;
  const typing = (async () => {
    while (goesOn) await one.type(` ${(typed += 1)}`, { delay: 40 });
  })();
  await page.getByText("De tekst is intussen veranderd. U ziet wat er nu verandert.").waitFor();
  await page.locator("del", { hasText: "Een andere zin. 1 2" }).first().waitFor();
  await page.getByLabel("Waarom zet u dit terug?").fill("Zo was het afgesproken.");
  await page.getByRole("button", { name: "Terugzetten", exact: true }).click();
  const unseenFrom = typed + 1;
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Wat anderen doen nadat u dit voorbeeld zag, blijft zo").waitFor();
  await picture(page, "restore-confirm");
  await assertAccessible(page, "confirming a restore");
  await page.setViewportSize(PHONE);
  await picture(page, "restore-confirm-phone");
  await page.setViewportSize(DESK);
  const goneOn = ` ${unseenFrom + 3} ${unseenFrom + 4}`;
  await until("what is typed since stands at the server", async () => JSON.stringify(await team.plan.get(`/chapters/${chapter.id}/text`)).includes(goneOn));
  await dialog.getByRole("button", { name: "Ja, terugzetten" }).click();
  await page.getByText("Teruggezet", { exact: true }).first().waitFor();
  await page.getByText("In dit hoofdstuk werd intussen doorgeschreven.").waitFor();
  await until("it comes while one types", async () => (await one.text()).includes("De afgesproken zin."));
  goesOn = false;
  await typing;
  await one.saved();
  const text = await one.text();
  assert.doesNotMatch(text, /Een andere zin/);
  const unseen = Array.from({ length: typed - unseenFrom + 1 }, (_, index) => ` ${unseenFrom + index}`).join("");
  assert.ok(text.includes(unseen), `what was typed after the preview is whole, from ${unseenFrom} to ${typed}:\n${text.slice(-600)}`);
  const last = (await one.lines()).at(-1);
  await until("the page after it shows the text as the writer sees it", async () => {
    const shown = await theTextNow(page).innerText();
    return shown.includes(last) ? true : new Error(JSON.stringify({ shown, last }));
  });
  assert.equal(await theTextNow(page).getByText("Een andere zin").count(), 0, "what went is not shown");
  await picture(page, "restored-while-typing");
});

test("undo after somebody else's restore leaves what was restored, and takes back what one typed elsewhere", async () => {
  const one = await openChapter(anna.page, anna.plan, chapter);
  await one.toEnd();
  for (const _ of "12") await one.press("Enter");
  await one.type("Zevenmaal regelt iedereen vervoer tot in de buitenwijk.");
  await one.press("Enter");
  await one.type("Daarna:");
  await one.saved();
  const good = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  const lines = (await one.lines()).join("\n");
  await one.after("tot in de buitenwijk");
  for (const _ of "buitenwijk") await one.press("Shift+ArrowLeft");
  await one.type("binnenstad");
  await one.after("Zevenmaal regelt iedereen");
  for (const _ of "Zevenmaal regelt iedereen") await one.press("Shift+ArrowLeft");
  await one.type("Nooit betaalt niemand");
  await until("it reads as typed", async () => (await one.text()).includes("Nooit betaalt niemand vervoer tot in de binnenstad."));
  await one.saved();
  await team.plan.post(`/chapters/${chapter.id}/restores`, { toPosition: good, reason: "Zo was het." });
  await until("the restore has arrived", async () => (await one.lines()).join("\n") === lines);
  await one.after("Daarna:");
  await one.type(" nog iets");
  await one.press("Control+z");
  await one.saved();
  assert.equal((await one.lines()).join("\n"), lines);
  // Of the two acts before, the restore left nothing: a press about each says so, and the next takes what was typed first.
  const said = anna.page.getByRole("status").filter({ hasText: "Niets ongedaan gemaakt" });
  for (const _ of "12") {
    await one.press("Control+z");
    await said.waitFor();
    assert.equal((await one.lines()).join("\n"), lines);
  }
  await one.press("Control+z");
  await until("that is gone", async () => !(await one.text()).includes("Daarna:"));
  const left = await one.text();
  assert.match(left, /Zevenmaal regelt iedereen.*buitenwijk/);
  assert.doesNotMatch(left, /Nooit betaalt niemand|binnenstad/);
});

test("the history says of what it quotes whether the words came or went, each place by itself", async () => {
  const one = await openChapter(anna.page, anna.plan, chapter);
  await one.toEnd();
  await one.press("Enter");
  await one.type("Wie regelt in het najaar het vervoer naar de binnenstad?");
  await one.saved();
  const good = (await team.plan.get(`/chapters/${chapter.id}/history`)).items[0].toPosition;
  await one.type(" Deze zin is te veel.");
  await one.saved();
  await team.plan.post(`/chapters/${chapter.id}/restores`, { toPosition: good, reason: "Die zin was te veel." });
  await until("the restore has arrived", async () => !(await one.text()).includes("Deze zin is te veel."));
  await one.after("Wie regelt");
  await one.type(" straks");
  await one.after("het vervoer");
  await one.type(" dat nodig is");
  await one.saved();
  const { page } = anna;
  await page.goto(anna.plan.path(`hoofdstukken/${chapter.id}/geschiedenis`));
  const quotes = page.locator(".timeline .entry__excerpt");
  await page.getByText("Bij elke regel kunt u bekijken wat er veranderde.").waitFor();
  assert.equal(await quotes.first().innerText(), "Erbij: “straks” en “dat nodig is”");
  assert.equal(await quotes.nth(1).innerText(), `Weg: “Deze zin is te veel.”, geschreven door ${nameOf(anna)}`);
  assert.match(await page.locator(".entry--work .entry__excerpt").last().innerText(), /^Erbij: “/);
  await picture(page, "chapter-history-quotes");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "what a history quotes on a phone");
  await picture(page, "chapter-history-quotes-phone");
  await page.setViewportSize(DESK);
});

test("who may only read a chapter is offered to read on, who writes in it to write on", async () => {
  const buttons = async ({ page, plan }) => {
    await page.goto(plan.path("voor-mij"));
    const card = page.locator(".news", { hasText: chapter.title });
    const all = page.getByRole("button", { name: /^Toon alles/ });
    await card.or(all).first().waitFor();
    // The newest few stand there; this chapter may be among the others.
    while (!(await card.isVisible()) && (await all.count()) > 0) await all.first().click();
    await card.waitFor();
    return card.locator(".row a").allInnerTexts();
  };
  assert.deepEqual(await buttons(anna), ["Bekijk", "Schrijf verder"]);
  assert.match(await anna.page.locator("main .lead").innerText(), /veranderde voor .+ en voor uw hoofdstukken\.$/);
  // Of what was offered there is nothing to see but the text.
  assert.deepEqual(await buttons(team), ["Lees"]);
  assert.equal(await team.page.locator("main .lead").innerText(), `Wat er de afgelopen twee weken veranderde voor ${team.me.party.name}.`);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});
