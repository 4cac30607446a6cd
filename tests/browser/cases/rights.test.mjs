// Rights where people meet them: a coalition member reads the change log and cannot edit; a right withdrawn while
// its holder types; nobody who may not write gets a word into a text.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, goOffline, goOnline, nameOf, person, picture, signIn, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let team;
let member;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, team] = await Promise.all(["writer", "programme"].map((who) => person(browser, server, who)));
  member = await person(browser, server, "coalition", { viewport: PHONE });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("on a phone, a coalition member finds who changed a commitment, and cannot edit it", async () => {
  const { items } = await anna.plan.get("/commitments");
  const mine = items.find((each) => each.mayEdit);
  assert.ok(mine, "the writer may edit a commitment");
  await anna.page.goto(anna.plan.path(`afspraken/${mine.id}/wijzigen`));
  const title = anna.page.getByLabel("Titel").first();
  const was = await title.inputValue();
  await title.fill(`${was}, aangescherpt`);
  await anna.page.getByRole("button", { name: "Opslaan" }).click();
  await anna.page.getByText("De afspraak is opgeslagen.").first().waitFor();

  await member.page.goto("/");
  await member.page.getByRole("link", { name: "Afspraken" }).first().click();
  await member.page.getByLabel("Zoek in afspraken").fill(`${was}, aangescherpt`);
  await member.page.getByRole("link", { name: `${was}, aangescherpt` }).first().click();
  await member.page.getByRole("link", { name: /Wie wijzigde wat/ }).first().click();
  const who = `${anna.me.person.name} (${anna.me.party.name})`;
  const entry = member.page.locator("article", { hasText: who }).first();
  await entry.getByText("titel").first().waitFor();
  await entry.locator("ins", { hasText: "aangescherpt" }).first().waitFor();
  await picture(member.page, "who-changed-phone");
  assert.equal(await member.page.getByRole("link", { name: "Wijzigen", exact: true }).count(), 0);
  const { etag } = (await member.plan.try("GET", `/commitments/${mine.id}`)).headers();
  const { status, code } = await refusal(member, "PATCH", `/commitments/${mine.id}`, { title: "Van mij" }, { "If-Match": etag });
  assert.equal(status, 403, code);
  const { title: stands } = await anna.plan.get(`/commitments/${mine.id}`);
  assert.equal(stands, `${was}, aangescherpt`, "nothing changed");
});

/** Whether an element lies in what one sees of the page. */
async function inSight(element) {
  return element.evaluate((at) => {
    const { top, bottom } = at.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });
}

test("a coalition member sees a concept being written, without history and without an editor", async () => {
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  const seen = member.plan.chapters.find((each) => each.id === chapter.id);
  assert.deepEqual([seen.mayWrite, seen.mayOpenText], [false, false]);
  await member.page.goto(member.plan.path(`hoofdstukken/${chapter.id}`));
  await member.page.getByText(/^U leest:/).first().waitFor();
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Dit leest de coalitie mee.");
  await editor.saved();
  await member.page.getByText("Dit leest de coalitie mee.").waitFor({ timeout: 10_000 });
  await member.page.goto(member.plan.path(`hoofdstukken/${chapter.id}/schrijven`));
  await member.page.getByText("U kunt dit hoofdstuk nu lezen, niet wijzigen.").first().waitFor();
  await member.page.getByText("Dit leest de coalitie mee.").waitFor();
  await member.page.getByRole("heading", { level: 1, name: `Lezen: ${chapter.title}` }).waitFor();
  assert.match(await member.page.title(), /^Lezen: /);
  assert.equal(await member.page.getByRole("textbox", { name: /^Tekst van/ }).count(), 0, "no editor");
  await picture(member.page, "reading-along-phone");
  assert.deepEqual(member.faults, []);
});

async function refusal(who, method, path, data, headers) {
  const response = await who.plan.try(method, path, data, headers);
  assert.ok(!response.ok(), `${method} ${path} should be refused`);
  const { status, type, title } = await response.json();
  assert.ok(type && title, "a refusal is a problem with a reason");
  return { status, code: type };
}

test("a right withdrawn while typing: told by the server within a second, unsent words stay with their author", async () => {
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Dit is opgeslagen.");
  await editor.saved();
  const held = await rightsOf(anna);
  for (const right of held.slice(1)) await withdraw(right);
  await editor.field.evaluate((field) => {
    window.taken = "";
    field.addEventListener("beforeinput", ({ data }) => (window.taken += data ?? ""), true);
  });
  const typing = editor.type(" Nog meer woorden terwijl het recht vervalt.", { delay: 40 });
  await until("some of it is typed", async () => (await editor.text()).includes("Dit is opgeslagen. Nog"), { every: 10 });
  // The promise is the server's: from its answer that the right is withdrawn until its word to whoever still writes. It
  // is measured on the line; how soon a busy browser draws what it heard is promised by nobody, and waited for.
  let heardAt = null;
  anna.line.onLive = (bytes) => {
    if (/not-in-plan|not-allowed|live-text-withheld/.test(String(bytes))) heardAt ??= Date.now();
  };
  await withdraw(held[0]);
  const answeredAt = Date.now();
  await until("the server says so on the line", () => heardAt !== null, { every: 5 });
  assert.ok(heardAt - answeredAt <= 1_000, `said ${heardAt - answeredAt} ms after the server's answer`);
  await until("the text cannot be written any more", async () => !(await editor.canWrite()), { ms: 30_000, every: 20 });
  await typing;
  await anna.page.getByText(/^Uw recht om hier te schrijven is /).first().waitFor();
  // What the field took in that second was saved, or it is kept for its author and pointed at.
  const taken = await anna.page.evaluate(() => window.taken);
  const { document: saved } = await team.plan.get(`/chapters/${chapter.id}/text`);
  if (!JSON.stringify(saved).includes(`Dit is opgeslagen.${taken}`)) {
    // Pointed at beside the text, unless they are seen already.
    const pointer = anna.page.getByRole("button", { name: "Bekijk uw niet-opgeslagen woorden" });
    const areSeen = () => inSight(anna.page.locator(".notice__title", { hasText: /^Deze woorden zijn (misschien )?niet opgeslagen/ }).first());
    await until("the words are seen, or pointed at", async () => (await areSeen()) || (await pointer.isVisible()));
    if (await pointer.isVisible()) await pointer.click();
    await until("the words are in sight", areSeen);
  }
  await picture(anna.page, "right-withdrawn");
});

/** The rights by which somebody writes. */
async function rightsOf({ me }) {
  const { items } = await team.plan.get("/rights");
  const held = items.filter((right) => right.person.id === me.person.id && ["lead", "writer"].includes(right.role));
  assert.ok(held.length > 0, `${me.person.name} may write`);
  return held;
}

async function withdraw(right) {
  const response = await team.plan.try("DELETE", `/rights/${encodeURIComponent(right.id)}?reason=Wisseling`);
  assert.equal(response.status(), 204, await response.text());
}

test("words typed offline after the right was withdrawn stay visible to their author", async () => {
  const bram = await person(browser, server, "secondWriter", { viewport: DESK });
  const chapter = bram.plan.chapters.find((each) => each.mayWrite);
  const editor = await openChapter(bram.page, bram.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Dit kwam aan.");
  await editor.saved();
  await goOffline(bram);
  await editor.type(" Dit werd te laat geschreven.");
  for (const right of await rightsOf(bram)) await withdraw(right);
  await goOnline(bram);
  const kept = bram.page.locator(".refused", { hasText: "te laat geschreven" });
  await kept.first().waitFor({ timeout: 30_000 });
  assert.equal(await editor.canWrite(), false);
  assert.doesNotMatch(await editor.text(), /te laat geschreven/, "the text itself does not hold them");
  assert.match(await editor.text(), /Dit kwam aan\./);
  await picture(bram.page, "refused-words");
  await bram.page.reload();
  await bram.page.getByRole("heading", { name: "Dit plan is niet open voor u", level: 1 }).waitFor();
  await kept.first().waitFor({ timeout: 30_000 });
  await assertAccessible(bram.page, "a plan that is closed to one");
  assert.deepEqual(bram.faults, []);
});

test("whoever may not write gets nothing into a text, by page or by API", async () => {
  const nobody = await person(browser, server, null);
  const chapter = member.plan.chapters[0];
  await member.page.goto(member.plan.path(`hoofdstukken/${chapter.id}/schrijven`));
  const { document } = await member.plan.get(`/chapters/${chapter.id}/text`);
  const words = JSON.stringify(document).match(/"text":"([^"\\\\]{20,60})/)?.[1];
  assert.ok(words, "the chapter has words");
  await member.page.getByText(words).first().waitFor();
  assert.equal(await member.page.locator("[contenteditable=true]").count(), 0, "and nothing to write in");
  const length = async () => (await team.plan.get("/events?limit=1")).items[0].position;
  const before = await length();
  // The writer is one of another team here.
  const elsewhere = anna.plan.chapters.find((each) => !each.mayWrite && each.teamId);
  const restore = { toPosition: 1, reason: "Omdat het kan" };
  const title = { title: "Van mij" };
  for (const [who, id] of [[member, chapter.id], [anna, elsewhere.id]]) {
    for (const [method, path, body] of [["POST", `/chapters/${id}/restores`, restore], ["PATCH", `/chapters/${id}`, title]]) {
      const { status, code } = await refusal(who, method, path, body);
      assert.equal(status, 403, `${method} ${path}: ${code}`);
      const line = server.output.split("\n").find((each) => each.includes(who.me.person.id) && each.includes(path));
      assert.ok(line, `${method} ${path} by ${who.me.person.id} is in the server's log`);
    }
  }
  const texts = `${nobody.line.url}/api/v1/plans/${member.plan.value.id}/chapters/${chapter.id}`;
  const headers = { Origin: nobody.line.url, "Idempotency-Key": crypto.randomUUID() };
  assert.equal((await nobody.page.request.get(`${texts}/text`)).status(), 401);
  assert.equal((await nobody.page.request.post(`${texts}/restores`, { data: restore, headers })).status(), 401);
  assert.equal(await length(), before, "nothing of it is in the log");
});

test("a chapter frozen while one types: one message says so, by whom, and what became of the words", async () => {
  const own = await Server.started();
  const [writer, programme] = await Promise.all(["writer", "programme"].map((who) => person(browser, own, who)));
  const chapter = writer.plan.chapters.find((each) => each.mayWrite && each.state === "reading");
  const newest = { "If-Match": "*" };
  const editor = await openChapter(writer.page, writer.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Dit is opgeslagen.");
  await editor.after("Dit is");
  await editor.saved();
  const freeze = () => programme.plan.post(`/chapters/${chapter.id}/state-changes`, { to: "frozen", reason: "Naar de raad", version: "concept voor de raad" }, newest);
  await freeze();
  await until("the text cannot be written any more", async () => !(await editor.canWrite()));
  const told = writer.page.locator(".notice", { hasText: "Alles wat u hier typte, is opgeslagen." });
  const title = new RegExp(`^Dit hoofdstuk is vandaag \\d\\d:\\d\\d vastgelegd door ${escaped(nameOf(programme))}$`);
  await told.getByText(title).waitFor();
  assert.equal(await writer.page.locator(".writing .notice").count(), 1, "one message");
  await writer.page.evaluate(() => window.scrollTo(0, 200));
  await until("the page stands still there", async () => (await writer.page.evaluate(() => window.scrollY)) === 200);
  await editor.type("en zo verder, en zo verder");
  await editor.press("End");
  // A page that scrolls does so a moment after the key.
  await new Promise((go) => setTimeout(go, 500));
  assert.equal(await writer.page.evaluate(() => window.scrollY), 200, "what one types on scrolls nothing");
  await picture(writer.page, "frozen-while-writing");

  // What was typed without a connection comes too late: the same message holds it.
  await programme.plan.post(`/chapters/${chapter.id}/state-changes`, { to: "drafting", reason: "Nog niet af" }, newest);
  await until("one may write again", () => editor.canWrite(), { ms: 30_000 });
  assert.equal(await writer.page.locator(".writing .notice").count(), 0);
  await writer.plan.post(`/chapters/${chapter.id}/state-changes`, { to: "reading" }, newest);
  await goOffline(writer);
  await editor.toEnd();
  await editor.type(" Dit kwam te laat.");
  await freeze();
  await goOnline(writer);
  const late = writer.page.locator(".notice", { hasText: "Dit kwam te laat." });
  await late.getByText(title).waitFor({ timeout: 30_000 });
  await late.getByText("Deze woorden zijn niet opgeslagen").waitFor();
  await late.getByRole("button", { name: "Kopieer de woorden" }).waitFor();
  assert.equal(await writer.page.locator(".writing .notice").count(), 1, "still one message");
  assert.equal(await writer.page.locator("[data-status]").innerText(), "U leest nu alleen mee.");
  await assertAccessible(writer.page, "a chapter frozen while one wrote");
  await picture(writer.page, "frozen-with-words");
  await writer.page.setViewportSize(PHONE);
  await late.scrollIntoViewIfNeeded();
  await picture(writer.page, "frozen-with-words-phone");
  // Down in the text one still reads why it does not take what one types.
  await writer.page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  const why = writer.page.locator(".desk__top").getByText(`Vastgelegd door ${programme.me.person.name}`, { exact: true });
  await why.waitFor();
  assert.ok((await inSight(why)) && (await why.boundingBox()).width > 100, "seen, not only heard");
  await assertFitsWidth(writer.page, "why one cannot write on, on a phone");
  await picture(writer.page, "frozen-scrolled-phone");
  const heard = writer.page.locator(".only-heard[role=status]").first();
  assert.doesNotMatch(await heard.innerText(), /Wat u typt/, "nothing that one types is sent any more");
  assert.deepEqual(writer.faults, []);
  await Promise.all([writer.context.close(), programme.context.close()]);
  await own.stop();
});

test("several messages are one line above other pages, which opens and says what is so now", async () => {
  const own = await Server.started();
  const [writer, programme] = await Promise.all(["writer", "programme"].map((who) => person(browser, own, who)));
  const { page } = writer;
  const first = writer.plan.chapters.find((each) => each.mayWrite && each.state === "reading");
  const second = await programme.plan.post("/chapters", { title: "Welzijn in de wijk", teamId: first.teamId });
  const change = (who, { id }, to) => who.plan.post(`/chapters/${id}/state-changes`, { to, reason: "Naar de raad" }, { "If-Match": "*" });
  await change(writer, second, "reading");
  for (const chapter of [first, second]) {
    const editor = await openChapter(page, writer.plan, chapter);
    await editor.saved();
    await goOffline(writer);
    await editor.toEnd();
    await editor.type(` Te laat bij ${chapter.title}.`);
    await until("it waits", async () => (await editor.status()) === "offline");
    await change(programme, chapter, "frozen");
    await goOnline(writer);
    await page.locator(".refused", { hasText: `Te laat bij ${chapter.title}.` }).first().waitFor({ timeout: 30_000 });
  }
  await page.goto(writer.plan.path("voor-mij"));
  const strip = page.locator(".bar > .strip > summary");
  await strip.getByText("Niet opgeslagen: woorden van u bij").waitFor();
  await strip.getByText("en nog 1 bericht", { exact: true }).waitFor();
  assert.equal(await page.locator(".refused:visible").count(), 0, "the page below has the room");
  await page.setViewportSize(PHONE);
  await picture(page, "several-messages-phone");
  await assertFitsWidth(page, "several messages on a phone");
  await strip.focus();
  await page.keyboard.press("Enter");
  await strip.getByText("2 berichten voor u").waitFor();
  assert.equal(await page.locator(".refused:visible").count(), 2);
  assert.equal(await page.getByText("Dit hoofdstuk is vastgelegd. Het kan pas veranderen als het weer is opengezet.").count(), 2);
  await assertAccessible(page, "several messages, opened");
  await picture(page, "several-messages-open-phone");
  await page.setViewportSize(DESK);
  await picture(page, "several-messages-open");

  // Open again: other pages lead to where the words can go back.
  for (const chapter of [first, second]) await change(programme, chapter, "drafting");
  await page.getByRole("link", { name: "Plan", exact: true }).first().click();
  await strip.click();
  await page.getByText("Het hoofdstuk was vastgelegd toen deze woorden aankwamen. Nu staat het weer open.").nth(1).waitFor();
  assert.equal(await page.getByText("Het kan pas veranderen als het weer is opengezet").count(), 0);
  await page.getByRole("link", { name: `Open ${second.title} om te schrijven` }).click();
  await page.getByRole("button", { name: "Zet terug in de tekst" }).first().waitFor();
  // One message is no line.
  assert.equal(await page.locator(".bar").count(), 1);
  assert.equal(await strip.count(), 0);
  assert.deepEqual(writer.faults, []);
  await Promise.all([writer.context.close(), programme.context.close()]);
  await own.stop();
});

function escaped(words) {
  return words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

test("who signs out in another window is told so while writing, with the way to sign in", async () => {
  // The writers of the other server have lost their rights.
  const own = await Server.started();
  const [writer, other] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, own, who)));
  const chapter = writer.plan.chapters.find((each) => each.mayWrite && other.plan.chapters.some(({ id, mayWrite }) => id === each.id && mayWrite));
  const editor = await openChapter(writer.page, writer.plan, chapter);
  await editor.saved();
  const beside = await openChapter(other.page, other.plan, chapter);
  await beside.toEnd();
  await beside.type(" Door een ander.");
  await until("it is there", async () => (await editor.text()).includes("Door een ander."));
  await signOutElsewhere(writer);
  const state = writer.page.locator("[data-status=closed]");
  await state.getByText("U bent afgemeld.").waitFor();
  assert.doesNotMatch(await writer.page.locator("main").innerText(), /programmateam als dit niet klopt/, "nobody has to be asked");
  // Whatever the page asks by itself, it takes nobody away from what they wrote: the form comes behind the link.
  await pause(3_000);
  assert.match(await editor.text(), /Door een ander\./);
  await state.getByRole("link", { name: "Meld u opnieuw aan om verder te schrijven" }).click();
  await writer.page.getByLabel("Uw aanmeldlink").waitFor();
  assert.ok(writer.page.url().endsWith("/schrijven"), "afterwards one is here again");
  await Promise.all([writer.context.close(), other.context.close()]);
  await own.stop();
});

test("a page that was closed with its right goes on by itself when the right is back, and so does one whose reader signs in elsewhere", async () => {
  const own = await Server.started();
  const [writer, programme] = await Promise.all(["writer", "programme"].map((who) => person(browser, own, who)));
  const chapter = writer.plan.chapters.find((each) => each.mayWrite);
  const editor = await openChapter(writer.page, writer.plan, chapter);
  await editor.saved();
  const { items } = await programme.plan.get("/rights");
  const held = items.filter((right) => right.person.id === writer.me.person.id);
  for (const right of held) {
    const answer = await programme.plan.try("DELETE", `/rights/${encodeURIComponent(right.id)}?reason=Vergissing`);
    assert.equal(answer.status(), 204, await answer.text());
  }
  await writer.page.getByText(/^Uw recht om hier te schrijven is /).first().waitFor();
  await picture(writer.page, "closed-goes-on-by-itself");
  for (const { person: { id }, party, role, team: of } of held) {
    await programme.plan.post("/rights", { personId: id, partyId: party.id, role, ...(of == null ? {} : { teamId: of.id ?? of }) });
  }
  // The page asks every few seconds while somebody looks at it; by itself the device would only after half a minute.
  await until("one may write again", () => editor.canWrite(), { ms: 15_000 });
  await editor.toEnd();
  await editor.type(" Weer terug.");
  await editor.saved();

  await signOutElsewhere(writer);
  await writer.page.locator("[data-status=closed]").getByText("U bent afgemeld.").waitFor();
  const { me } = writer;
  const beside = await writer.context.newPage();
  await signIn(beside, own.linkFor(me).replace(own.url, writer.line.url));
  await until("one may write again", () => editor.canWrite(), { ms: 30_000 });
  // A window that shows the form goes on too.
  await writer.page.goto(writer.plan.path("meer"));
  await writer.page.getByRole("button", { name: "Afmelden" }).click();
  await writer.page.getByLabel("Uw aanmeldlink").waitFor();
  await signIn(beside, own.linkFor(me).replace(own.url, writer.line.url));
  await writer.page.getByLabel("Uw aanmeldlink").waitFor({ state: "detached" });
  await writer.page.getByRole("link", { name: "Afspraken", exact: true }).first().waitFor();
  await Promise.all([writer.context.close(), programme.context.close()]);
  await own.stop();
});

test("a question that a page asks in the background signs nobody out; what the reader does, does", async () => {
  const own = await Server.started();
  const reader = await person(browser, own, "coalition");
  const chapter = reader.plan.chapters[0];
  await reader.page.goto(reader.plan.path(`hoofdstukken/${chapter.id}`));
  await reader.page.getByText(/^U leest:/).first().waitFor();
  await signOutElsewhere(reader);
  await reader.page.bringToFront();
  const refused = (answer) => answer.status() === 401 && answer.url().endsWith(`/chapters/${chapter.id}/text`);
  // That question is asked every few seconds.
  await reader.page.waitForResponse(refused, { timeout: 15_000 });
  await reader.page.waitForResponse(refused, { timeout: 15_000 });
  await reader.page.getByText(/^U leest:/).first().waitFor();
  await reader.page.getByRole("link", { name: "Afspraken", exact: true }).first().click();
  await reader.page.getByLabel("Uw aanmeldlink").waitFor();
  await reader.context.close();
  await own.stop();
});

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

async function signOutElsewhere({ context, plan }) {
  const other = await context.newPage();
  await other.goto(plan.path("meer"));
  await other.getByRole("button", { name: "Afmelden" }).click();
  await other.getByLabel("Uw aanmeldlink").waitFor();
  await other.close();
}
