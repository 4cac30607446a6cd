// Without a network, for real: the browser is closed and started again, several chapters are written in, and on return
// nothing is lost and one is told what became of it. What was refused stays with its author, whatever is closed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { nameOf, PHONE, person, picture, signIn, startBrowser, until } from "../harness/browser.mjs";
import { Device } from "../harness/device.mjs";
import { Editor, openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let bram;
let team;
/** Two chapters that both may write. */
let shared;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram, team] = await Promise.all([Device.of(server, "writer"), person(browser, server, "secondWriter"), person(browser, server, "programme")]);
  const writable = new Set(bram.plan.chapters.filter((chapter) => chapter.mayWrite).map((chapter) => chapter.id));
  const first = anna.plan.chapters.find(({ id, mayWrite }) => mayWrite && writable.has(id));
  assert.ok(first, "the sample plan has a chapter both writers may write");
  shared = [first, await team.plan.post("/chapters", { title: "Welzijn in de wijk", teamId: first.teamId })];
});

after(async () => {
  await anna?.discard();
  await browser?.close();
  await server?.stop();
});

/** The browser is closed with everything in it, and started again. */
async function restarted() {
  await anna.stop();
  await anna.start();
}

/** What a chapter says at the server. */
async function written(chapter) {
  const { document } = await team.plan.get(`/chapters/${chapter.id}/text`);
  return JSON.stringify(document);
}


const report = () => anna.page.getByRole("status").filter({ hasText: "U bent weer verbonden" });

test("chapters visited before open in a cold browser without a network, and what is written there outlives it", async () => {
  const [first, second] = shared;
  const start = await openChapter(anna.page, anna.plan, first);
  await start.toEnd();
  await start.press("Enter");
  await start.type("De wijkverpleging begint in maart.");
  await start.saved();
  await anna.keepsPages();
  // A second visit: what reading needs is kept too.
  for (const chapter of [second, first]) await (await openChapter(anna.page, anna.plan, chapter)).saved();
  await anna.stop();
  await anna.line.cut();
  await anna.start();
  const cold = await openChapter(anna.page, anna.plan, first);
  assert.equal(await cold.status(), "offline");
  await cold.after("De wijkverpleging begint in maart.");
  await cold.type(" Anna schreef dit zonder verbinding.");
  const other = await openChapter(anna.page, anna.plan, second);
  await other.toEnd();
  await other.press("Enter");
  await other.type("Een tweede hoofdstuk in de trein.");
  await picture(anna.page, "offline-cold");
  // The browser is closed with the chapter open, and every start writes on: more often than there are actors in reserve.
  await onTheDevice(other);
  for (let round = 1; round <= 3; round += 1) {
    await restarted();
    const again = await openChapter(anna.page, anna.plan, first);
    assert.match(await again.text(), /Anna schreef dit zonder verbinding\./);
    await until("one may write", () => again.canWrite());
    await again.after("zonder verbinding.");
    await again.type(` Na start ${round}.`);
    await onTheDevice(again);
  }
  // A window that is closed at once after the last letter takes nothing with it.
  const last = await openChapter(anna.page, anna.plan, second);
  await last.after("in de trein.");
  await last.type(" Tot hier");
  await anna.page.close();
  await wait(1_000);
  await anna.stop();
});

/** What was typed in a chapter is on the device: words are stored after a pause. */
async function onTheDevice(editor) {
  await until("the words wait on the device", async () => (await editor.status()) === "offline");
  await wait(2_000);
}

const wait = (ms) => new Promise((go) => setTimeout(go, ms));

test("back online on another page, everything is sent and a short report says what became of it", async () => {
  const [first, second] = shared;
  const other = await openChapter(bram.page, bram.plan, first);
  await other.after("De wijkverpleging begint in maart.");
  await other.type(" Bram verzette dat naar april.");
  await other.saved();
  await anna.line.mend();
  await anna.start();
  await anna.page.goto(anna.plan.path("voor-mij"));
  await report().waitFor({ timeout: 30_000 });
  await until("both chapters are told of", async () => (await report().locator("b").count()) === 2);
  const said = await report().innerText();
  assert.match(said, new RegExp(`${escaped(first.title)}: 14 woorden van u zijn opgeslagen\\.`));
  assert.match(said, new RegExp(`${escaped(second.title)}: 8 woorden van u zijn opgeslagen\\.`));
  await report().getByText("Bekijk wat anderen intussen wijzigden in 1 alinea waarin u ook schreef").click();
  await report().getByText("“De wijkverpleging begint in maart.").first().waitFor();
  await report().getByText(`${nameOf(bram)} voegde toe: “Bram verzette dat naar april.”`).waitFor();
  assert.equal(await report().getByText("“”").count(), 0, "no quote is empty");
  assert.doesNotMatch(await report().innerText(), /(voegde toe|haalde weg):.*(Anna schreef|Na start)/, "one's own words are not those of others");
  assert.equal(await report().getByText(/voegde toe:|haalde weg:/).count(), 1, "nobody else did anything");
  assert.equal(await report().getByRole("link").count(), 2, "only where others wrote too is there something to look at: the text, and its history");
  for (const words of ["Anna schreef dit zonder verbinding. Na start 3. Na start 2. Na start 1.", "Bram verzette dat naar april."]) {
    assert.equal((await written(first)).split(words).length, 2, `"${words}" stands there exactly once`);
  }
  assert.equal((await written(second)).split("Een tweede hoofdstuk in de trein. Tot hier").length, 2);
  await picture(anna.page, "reconnect-report");
  await assertAccessible(anna.page, "the report");
  await anna.page.setViewportSize(PHONE);
  await assertFitsWidth(anna.page, "the report on a phone");
  await picture(anna.page, "reconnect-report-phone");
  await anna.page.setViewportSize({ width: 1280, height: 860 });
  await anna.page.goto(anna.plan.path("plan"));
  await anna.page.getByRole("heading", { level: 1 }).waitFor();
  // Where one writes it stands beside the text, however long that is, and leads to the place.
  const editor = await openChapter(anna.page, anna.plan, first);
  await editor.saved();
  const here = anna.page.locator(".desk__news");
  await here.waitFor();
  assert.doesNotMatch(await here.innerText(), new RegExp(escaped(second.title)), "of this chapter only");
  await anna.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await until("the report is in sight at the end of the text", () => inSight(here));
  await picture(anna.page, "reunion-writing");
  await here.getByText("Bekijk wat anderen").click();
  await assertAccessible(anna.page, "the report where one writes");
  await anna.page.evaluate(() => window.scrollTo(0, 0));
  await here.getByRole("button", { name: "Ga naar deze alinea" }).click();
  await until("the paragraph is in sight", () => inSight(editor.field.locator("p", { hasText: "Bram verzette dat naar april." })));
  await picture(anna.page, "reunion-writing-open");
  await anna.page.setViewportSize(PHONE);
  await assertFitsWidth(anna.page, "the report where one writes, on a phone");
  await until("it is in sight on a phone", () => inSight(here));
  await picture(anna.page, "reunion-writing-phone");
  await anna.page.setViewportSize({ width: 1280, height: 860 });
  // By keyboard.
  await here.getByRole("button", { name: "Begrepen" }).focus();
  await anna.page.keyboard.press("Enter");
  await until("the report on this chapter is gone", async () => (await here.count()) === 0);
  await anna.page.goto(anna.plan.path("plan"));
  await report().getByText(second.title).waitFor();
  await report().getByRole("button", { name: "Begrepen" }).click();
  await until("the report is gone", async () => (await report().count()) === 0);
  await anna.page.reload();
  await anna.page.getByRole("heading", { level: 1 }).waitFor();
  await wait(1_500);
  assert.equal(await report().count(), 0, "and there is nothing to say any more");
});

/** Whether an element lies in what one sees of the page. */
async function inSight(element) {
  return element.evaluate((at) => {
    const { top, bottom } = at.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });
}

function escaped(words) {
  return words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

test("words for a chapter that was frozen meanwhile stay with their author, with copy and discard, across restarts", async () => {
  const chapter = shared[1];
  const newest = { "If-Match": "*" };
  await anna.plan.post(`/chapters/${chapter.id}/state-changes`, { to: "reading" }, newest);
  await (await openChapter(anna.page, anna.plan, chapter)).saved();
  await anna.stop();
  await anna.line.cut();
  await anna.start();
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Dit kwam te laat.");
  await onTheDevice(editor);
  await anna.stop();
  await team.plan.post(`/chapters/${chapter.id}/state-changes`, { to: "frozen", reason: "Naar de raad", version: "concept voor de raad" }, newest);
  await anna.line.mend();
  await anna.start();
  await anna.page.goto(anna.plan.path("voor-mij"));
  const kept = () => anna.page.locator(".refused", { hasText: "Dit kwam te laat." });
  await kept().waitFor({ timeout: 30_000 });
  await wait(1_000);
  assert.equal(await report().count(), 0, "said once, where one can copy or discard them");
  await anna.page.getByText("Dit hoofdstuk is vastgelegd.").waitFor();
  await assertAccessible(anna.page, "refused words on another page");
  await picture(anna.page, "refused-elsewhere");
  assert.doesNotMatch(await written(chapter), /Dit kwam te laat/);
  await restarted();
  await anna.page.goto(anna.plan.path(`hoofdstukken/${chapter.id}/schrijven`));
  await kept().waitFor();
  await anna.line.cut();
  await restarted();
  await anna.page.goto(anna.plan.path("voor-mij"));
  await kept().waitFor({ timeout: 30_000 });
  await anna.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await anna.page.getByRole("button", { name: "Kopieer de woorden" }).click();
  await until("the words are on the clipboard", async () => (await anna.page.evaluate(() => navigator.clipboard.readText())).includes("Dit kwam te laat."));
  await anna.page.getByRole("button", { name: "Niet bewaren" }).click();
  await anna.page.getByRole("button", { name: "Ja, weggooien" }).click();
  await until("they are gone", async () => (await kept().count()) === 0);
  await wait(500);
  await restarted();
  await anna.page.goto(anna.plan.path("voor-mij"));
  await anna.page.getByRole("heading", { level: 1 }).waitFor();
  await wait(2_000);
  assert.equal(await kept().count(), 0);
  await anna.line.mend();
});

test("words that came while a chapter was frozen go back into its text with one button once it is open again", async () => {
  const chapter = shared[1];
  const newest = { "If-Match": "*" };
  const change = (to) => team.plan.post(`/chapters/${chapter.id}/state-changes`, { to, reason: "Naar de raad" }, newest);
  await change("drafting");
  await anna.plan.post(`/chapters/${chapter.id}/state-changes`, { to: "reading" }, newest);
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.saved();
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Vergadering volgt.");
  await editor.saved();
  await anna.line.cut();
  await until("the line is gone", async () => (await editor.status()) === "offline", { ms: 30_000 });
  await editor.press("Enter");
  await editor.type("Alsnog in de tekst.");
  await onTheDevice(editor);
  await change("frozen");
  await anna.line.mend();
  const kept = anna.page.locator(".refused", { hasText: "Alsnog in de tekst." });
  await kept.waitFor({ timeout: 30_000 });
  const putBack = anna.page.getByRole("button", { name: "Zet terug in de tekst" });
  assert.equal(await putBack.count(), 0, "not while it is frozen");
  await change("drafting");
  await anna.page.getByText("Het hoofdstuk was vastgelegd toen deze woorden aankwamen. Nu staat het weer open.").waitFor({ timeout: 30_000 });
  assert.equal(await anna.page.getByText("Het kan pas veranderen als het weer is opengezet").count(), 0);
  await assertAccessible(anna.page, "refused words that can go back");
  await picture(anna.page, "refused-open-again");
  // Who stands in a word gets them behind it.
  await editor.after("Verga");
  await putBack.click();
  await until("they stand in the text, and no more beside it", async () => (await editor.text()).includes("Alsnog in de tekst.") && (await kept.count()) === 0);
  await editor.saved();
  assert.match(await written(chapter), /Vergadering Alsnog in de tekst\./);
});

test("half a word that came while a chapter was frozen makes its word whole again, and no other word longer", async () => {
  const chapter = shared[1];
  const newest = { "If-Match": "*" };
  const change = (to) => team.plan.post(`/chapters/${chapter.id}/state-changes`, { to, reason: "Naar de raad" }, newest);
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.saved();
  await editor.toEnd();
  for (const line of ["De wijk.", "Elke buurt."]) {
    await editor.press("Enter");
    await editor.type(line);
  }
  await editor.saved();
  for (const [word, whole] of [["De wijk", "De wijkzorg komt."], ["Elke buurt", "Elke buurt zorg komt."]]) {
    await anna.plan.post(`/chapters/${chapter.id}/state-changes`, { to: "reading" }, newest);
    await anna.line.cut();
    await until("the line is gone", async () => (await editor.status()) === "offline", { ms: 30_000 });
    await editor.after("De wijk");
    await editor.type("zorg komt");
    await onTheDevice(editor);
    await change("frozen");
    await anna.line.mend();
    const kept = anna.page.locator(".refused", { hasText: "zorg komt" });
    await kept.waitFor({ timeout: 30_000 });
    await change("drafting");
    const putBack = anna.page.getByRole("button", { name: "Zet terug in de tekst" });
    await putBack.waitFor({ timeout: 30_000 });
    await editor.after(word);
    await putBack.click();
    await until("they are in the text", async () => (await editor.text()).includes(whole) && (await kept.count()) === 0);
    await editor.saved();
    assert.ok((await written(chapter)).includes(whole));
  }
});

test("who signs in after another on the same device gets nothing of what waits there", async () => {
  const chapter = shared[0];
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.saved();
  await anna.line.cut();
  await editor.after("Na start 1.");
  await editor.type(" Van Anna alleen.");
  await onTheDevice(editor);
  await anna.stop();
  await anna.line.mend();
  await anna.start();
  // New links: each works once.
  await server.kill();
  await server.start();
  await anna.context.clearCookies();
  await signIn(anna.page, server.links.secondWriter.replace(server.url, anna.line.url));
  const field = new Editor(anna.page, chapter);
  await anna.page.goto(anna.plan.path(`hoofdstukken/${chapter.id}/schrijven`));
  await field.opened();
  await field.saved();
  assert.doesNotMatch(await field.text(), /Van Anna alleen/);
  assert.equal(await anna.page.locator(".refused").count(), 0, "the words of another are not shown");
  await anna.context.clearCookies();
  await signIn(anna.page, server.links.writer.replace(server.url, anna.line.url));
  await until("her words are sent when she is back", async () => (await written(chapter)).includes("Na start 1. Van Anna alleen."), { ms: 30_000 });
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults, ...team.faults], []);
});
