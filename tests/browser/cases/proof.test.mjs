// "Echtheid controleren" with two parties that really witness: the sentence names both; a page that lies, a proof that
// was changed and a server that shows another past are told aloud, on the page and above every page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, person, picture, signIn, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { program, Server } from "../harness/server.mjs";
import { askAll, Witness } from "../harness/witness.mjs";

const SENTENCE = /Deze regel klopt: er is achteraf niets aan veranderd\. Vastgelegd op \d+ \p{L}+ \d{4}, \d\d:\d\d, door .+ voor .+; meegetekend door GGD Waterland en Zorgverzekeraar Waterzeker\./u;
/** Words that are for those who build this, not for those who read it. */
const OURS = /\b(hash|event|heads|audit|sync)\b/i;

let browser;
let server;
let witnesses = [];
let team;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "schrijftafel-proof-"));
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  const first = await person(browser, server, "programme");
  const party = (name) => first.plan.value.parties.find((each) => each.name === name).id;
  await first.context.close();
  await server.kill();
  witnesses = [await Witness.of(server, "ggd", party("GGD Waterland")), await Witness.of(server, "zorgverzekeraar", party("Zorgverzekeraar Waterzeker"))];
  askAll(server, witnesses);
  server.options = ["--checkpoint-seconds", "1"];
  await server.start();
  team = await person(browser, server, "programme");
  await witnessed(team.plan);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  for (const witness of witnesses) await witness.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until everything that happened is cosigned by all. */
async function witnessed(plan) {
  await until("everything is cosigned", async () => {
    const { isMet, eventCount, witnessed: until } = await plan.get("/witness-state");
    return isMet && until?.size === eventCount;
  }, { ms: 30_000 });
}

/** The commitment that changed most, with its change log, and how another one was made. */
async function mostChanged(plan) {
  const { items } = await plan.get("/commitments");
  const logs = await Promise.all(items.map(async ({ id }) => ({ id, changes: (await plan.get(`/commitments/${id}/changes`)).items })));
  const [most, next] = logs.toSorted((a, b) => b.changes.length - a.changes.length);
  return { ...most, other: next.changes.at(-1) };
}

/** Copies a data directory; the door of a server that is gone is no data. */
function copyData(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith(".sock") });
}

/** Opens the first way to check on the page and answers what it says. */
async function checked(page, index = 0) {
  const way = page.locator(".authenticity").nth(index);
  await way.locator("summary").first().click();
  const said = way.locator("[role=status]:not(.meta), [role=alert]").first();
  await said.waitFor();
  return said.innerText();
}

test("every change of an agreement shows that it is what was recorded, and who cosigned", async () => {
  const { page, plan } = team;
  const { id, changes } = await mostChanged(plan);
  const loaded = [];
  page.on("request", (request) => /\.wasm$/.test(request.url()) && loaded.push(request.url()));
  await page.goto(plan.path(`afspraken/${id}#wie-wijzigde-wat`));
  await page.locator(".authenticity > summary").first().waitFor();
  assert.ok(changes.length >= 3, "the sample has a commitment that was changed twice");
  for (const index of changes.keys()) {
    const said = await checked(page, index);
    assert.match(said, SENTENCE);
    const { actor } = changes[index];
    assert.ok(said.includes(`door ${actor.person.name} voor ${actor.party.name}`), said);
  }
  assert.equal(loaded.length, 1, "one small module, once");
  await page.getByText("Voor wie het zelf wil nagaan").first().click();
  assert.doesNotMatch(await page.locator("main").innerText(), OURS);
  await assertAccessible(page, "echtheid bij een afspraak");
  await picture(page, "page-echtheid-afspraak");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "echtheid bij een afspraak");
  await assertAccessible(page, "echtheid bij een afspraak on a phone");
  await page.locator(".authenticity").first().scrollIntoViewIfNeeded();
  await picture(page, "phone-echtheid-afspraak");
  await page.setViewportSize(DESK);
});

test("the proof is a file that the program checks without the server", async () => {
  const { page, plan } = team;
  const { id } = await mostChanged(plan);
  await page.goto(plan.path(`afspraken/${id}`));
  await checked(page);
  await page.getByText("Voor wie het zelf wil nagaan").first().click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Bewijs opslaan" }).click()]);
  assert.match(download.suggestedFilename(), /^bewijs-\d+\.json$/);
  const file = join(folder, "bewijs.json");
  await download.saveAs(file);
  const [key] = JSON.parse(readFileSync(file, "utf8")).trust.logKeys;
  const verify = (...options) => spawnSync(program(), ["audit", "verify", file, ...options], { encoding: "utf8" });
  const known = verify("--key", key, ...witnesses.flatMap((witness) => ["--witness", witness.key]), "--quorum", "2");
  assert.equal(known.status, 0, known.stderr);
  assert.match(known.stdout, /a key you named/);
  assert.match(known.stdout, /commitment\./);
  const stranger = verify("--witness", witnesses[0].key.replace("ggd", "iemand"));
  assert.notEqual(stranger.status, 0, "a witness that did not cosign is not enough");
});

test("what was written and who set a chapter open are proved in both histories", async () => {
  const anna = await person(browser, server, "writer");
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Een regel die te bewijzen is.");
  await editor.saved();
  await anna.page.goto(anna.plan.path(`hoofdstukken/${chapter.id}/geschiedenis`));
  await anna.page.locator(".authenticity > summary").first().waitFor();
  await until("the line is cosigned", async () => {
    if (!(await anna.page.locator(".authenticity[open]").count())) await checked(anna.page);
    return SENTENCE.test(await anna.page.locator(".authenticity").first().innerText());
  }, { ms: 30_000, every: 500 });
  const own = await anna.page.locator(".authenticity").first().innerText();
  assert.ok(own.includes(`door ${anna.me.person.name} voor ${anna.me.party.name}`), own);
  assert.match(own, /Gecontroleerd is de laatste wijziging van deze regel\./);
  await assertAccessible(anna.page, "echtheid bij een hoofdstuk");

  await team.page.goto(team.plan.path("geschiedenis"));
  const ways = team.page.locator(".authenticity > summary");
  await ways.first().waitFor();
  const older = team.page.getByRole("button", { name: "Toon oudere" });
  while (await older.count()) {
    const known = await ways.count();
    await older.click();
    await until("older ones came", async () => (await ways.count()) > known);
  }
  const count = await ways.count();
  assert.ok(count > 60, `${count} lines`);
  for (const each of await ways.all()) await each.click();
  await until("all are checked", async () => (await team.page.locator(".authenticity__sentence").count()) === count, { ms: 60_000, every: 300 });
  for (const said of await team.page.locator(".authenticity__sentence").allInnerTexts()) assert.match(said, SENTENCE);
  assert.equal(await team.page.locator(".authenticity [role=alert]").count(), 0);
  assert.deepEqual(anna.faults, []);
  await anna.context.close();
});

test("a change that is not cosigned yet says so, and goes on by itself", async () => {
  for (const witness of witnesses) await witness.kill();
  const { id, changes } = await mostChanged(team.plan);
  const detail = await team.page.request.get(`${team.line.url}/api/v1/plans/${team.plan.value.id}/commitments/${id}`);
  await team.plan.post(`/commitments/${id}/restores`, { toRevision: changes.at(-1).revision, reason: "om te proberen" }, { "If-Match": detail.headers().etag });
  await team.page.goto(team.plan.path(`afspraken/${id}`));
  assert.match(await checked(team.page), /Deze regel klopt: er is achteraf niets aan veranderd\. Vastgelegd .+\.\s+Nog niet meegetekend: dat gebeurt binnen een minuut\./);
  await picture(team.page, "page-echtheid-nog-niet");
  for (const witness of witnesses) await witness.start();
  await until("it is cosigned", async () => SENTENCE.test(await team.page.locator(".authenticity").first().innerText()), { ms: 60_000 });
});

test("a page that says something else than was recorded is caught", async () => {
  const { page, plan, context } = await person(browser, server, "coalition", { serviceWorkers: "block" });
  const { id, other } = await mostChanged(plan);
  const lies = {
    "hier staat iets anders dan is vastgelegd": (change) => (change.fields[0].new = "Iets anders"),
    "hier staat iemand anders dan is vastgelegd": (change) => (change.actor.party = plan.value.parties.find((each) => each.id !== change.actor.party.id)),
    "hier staat een ander tijdstip dan is vastgelegd": (change) => (change.at = "2026-01-01T00:00:00.000Z"),
    "dit is vastgelegd bij iets anders": (change) => Object.assign(change, { position: other.position, at: other.at }),
  };
  for (const [why, lie] of Object.entries(lies)) {
    await page.route("**/changes", async (route) => {
      const response = await route.fetch();
      const json = await response.json();
      lie(json.items.at(-1));
      await route.fulfill({ response, json });
    });
    await page.goto(plan.path(`afspraken/${id}`));
    await page.locator(".authenticity > summary").first().waitFor();
    const said = await checked(page, (await page.locator(".authenticity").count()) - 1);
    assert.ok(said.includes(`De controle is mislukt: ${why}. Meld dit aan het programmateam.`), said);
    await page.unroute("**/changes");
  }
  await assertAccessible(page, "echtheid, mislukt");
  await picture(page, "page-echtheid-mislukt");
  await context.close();
});

test("a proof of which something was changed is caught", async () => {
  const { page, plan } = team;
  const { id } = await mostChanged(plan);
  const flipped = (text) => text.replace(/[A-Za-z](?=[A-Za-z0-9+/]{8})/, (letter) => (letter === "A" ? "B" : "A"));
  const changes = {
    "deze wijziging staat niet in de ondertekende geschiedenis": ({ proof }) => (proof.path[0] = flipped(proof.path[0])),
    "de handtekening van de server klopt niet": ({ proof }) => (proof.checkpoint = proof.checkpoint.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`)),
  };
  for (const [why, change] of Object.entries(changes)) {
    await page.route("**/proof", async (route) => {
      const response = await route.fetch();
      const json = await response.json();
      change(json);
      await route.fulfill({ response, json });
    });
    await page.goto(plan.path(`afspraken/${id}`));
    await page.locator(".authenticity > summary").first().waitFor();
    assert.ok((await checked(page)).includes(why));
    await page.unroute("**/proof");
  }
});

test("a server that cannot be reached is no alarm", async () => {
  const { page, plan } = team;
  const { id } = await mostChanged(plan);
  await page.goto(plan.path(`afspraken/${id}`));
  await page.locator(".authenticity > summary").first().waitFor();
  await page.route("**/proof", (route) => route.abort());
  assert.match(await checked(page), /De controle lukt nu niet\. Er is geen verbinding/);
  await page.unroute("**/proof");
});

test("the page about it says how the plan stands, and how to check oneself", async () => {
  const { page, plan } = team;
  await witnessed(plan);
  await page.goto(plan.path("meer"));
  await page.getByRole("link", { name: "Echtheid" }).click();
  await page.getByText(/^Tot en met .+ is achteraf niets veranderd of weggelaten\. Daarvoor tekende mee: GGD Waterland en Zorgverzekeraar Waterzeker\. Daarna is er niets gewijzigd\.$/).waitFor();
  await page.getByText(/^Gecontroleerd op dit apparaat\. De geschiedenis sluit aan op wat dit apparaat op/).waitFor();
  const main = await page.locator("main").innerText();
  for (const { key } of witnesses) assert.ok(main.includes(key), "the key of each witness");
  assert.doesNotMatch(main, OURS);
  await assertAccessible(page, "echtheid");
  await picture(page, "page-echtheid");
  await page.setViewportSize(PHONE);
  await assertFitsWidth(page, "echtheid");
  await assertAccessible(page, "echtheid on a phone");
  await page.setViewportSize(DESK);
  await page.getByRole("link", { name: "Open de controlepagina" }).click();
  await page.getByRole("heading", { name: "Een export of bewijs controleren" }).waitFor();
});

test("a plan that was restored openly says what this device saw and is not in it, above every page until the reader knows why", async () => {
  const { page, plan, line } = team;
  const run = (...options) => {
    const done = spawnSync(program(), options, { encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
  };
  const backup = join(folder, "backup");
  run("backup", "--data", server.data, "--to", backup);
  await plan.post("/chapters", { title: "Na de reservekopie" });
  await witnessed(plan);
  await page.goto(plan.path("echtheid"));
  await page.getByText(/^Gecontroleerd op dit apparaat\. De geschiedenis sluit aan/).waitFor();

  await server.kill();
  const kept = join(folder, "kept");
  for (const part of ["keys", "witnesses.toml"]) cpSync(join(server.data, part), join(kept, part), { recursive: true });
  rmSync(server.data, { recursive: true, force: true });
  run("restore", "--from", backup, "--data", server.data);
  for (const part of ["keys", "witnesses.toml"]) cpSync(join(kept, part), join(server.data, part), { recursive: true });
  await server.start();
  await signIn(page, server.links.programme.replace(server.url, line.url));
  await witnessed(plan);
  await page.goto(plan.path("echtheid"));
  await page.getByText(/^Gecontroleerd op dit apparaat\. Dit plan is hersteld uit een reservekopie\. Wat dit apparaat op .+ zag, staat er niet meer helemaal in\.$/).waitFor();
  const alarm = page.getByRole("alert").filter({ hasText: "Er is iets weg of veranderd van wat u eerder zag" });
  assert.match(await alarm.innerText(), /wijziging(en)? die dit apparaat op .+ zag/);
  await assertAccessible(page, "echtheid after a restore");
  await page.goto(plan.path("meer"));
  await alarm.getByText("Niet alles wat dit apparaat eerder van dit plan zag, staat er nog zo in.").waitFor();
  // What was asked before the reader says so is answered after it, and brings no alarm back.
  await plan.post("/chapters", { title: "Na het terugzetten" });
  await witnessed(plan);
  let answer;
  const held = new Promise((go) => (answer = go));
  await page.route("**/consistency-proof**", (route) => held.then(() => route.continue()));
  const asked = page.waitForRequest("**/consistency-proof**");
  await page.goto(plan.path("echtheid"));
  await asked;
  await page.getByRole("button", { name: "Ik weet wat er is gebeurd" }).click();
  await alarm.waitFor({ state: "detached" });
  answer();
  await page.getByText(/^Gecontroleerd op dit apparaat\. Dit plan is hersteld/).waitFor();
  assert.equal(await alarm.count(), 0);
  await page.unroute("**/consistency-proof**");
  await page.reload();
  await page.getByText(/^Gecontroleerd op dit apparaat\. Dit plan is hersteld/).waitFor();
  assert.equal(await alarm.count(), 0);
  const { id } = await mostChanged(plan);
  await page.goto(plan.path(`afspraken/${id}`));
  const said = await checked(page);
  assert.match(said, SENTENCE);
  assert.match(said, /Dit plan is hersteld uit een reservekopie\./);
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("a history that was put back silently is caught by the device and refused by the witnesses, above every page", async () => {
  const copy = join(folder, "copy");
  const { page, plan, line } = team;
  await server.kill();
  copyData(server.data, copy);
  await server.start();
  const coalition = await person(browser, server, "coalition", { viewport: PHONE });
  const bystander = await person(browser, server, "secondWriter");
  await signIn(page, server.links.programme.replace(server.url, line.url));
  for (const title of ["Eén", "Twee", "Drie"]) await plan.post("/chapters", { title });
  await witnessed(plan);
  await page.goto(plan.path("echtheid"));
  await page.getByText(/^Gecontroleerd op dit apparaat/).waitFor();

  // Somebody puts back an old log alone, under what was signed of the newer one: the server does not go on from it.
  await server.kill();
  rmSync(join(server.data, "log"), { recursive: true });
  copyData(join(copy, "log"), join(server.data, "log"));
  await assert.rejects(server.start(), /is shorter than when it was last signed/);

  // The operator puts back a whole old copy and goes on from there, and says nothing.
  rmSync(server.data, { recursive: true, force: true });
  copyData(copy, server.data);
  await server.start();
  for (const who of [team, coalition, bystander]) {
    const name = who === team ? "programme" : who === coalition ? "coalition" : "secondWriter";
    await signIn(who.page, server.links[name].replace(server.url, who.line.url));
  }
  for (const title of ["Vier", "Vijf", "Zes", "Zeven", "Acht"]) await plan.post("/chapters", { title });
  await until("a witness refuses", async () => (await plan.get("/witness-state")).alarms.length > 0, { ms: 30_000 });

  const { id } = await mostChanged(plan);
  await page.goto(plan.path(`afspraken/${id}`));
  await page.locator(".authenticity > summary").first().waitFor();
  assert.match(await checked(page), /De controle is mislukt: de server toont een andere geschiedenis dan dit apparaat eerder zag\. Meld dit aan het programmateam\./);
  await picture(page, "page-alarm-afspraak");
  for (const path of ["voor-mij", "plan", "afspraken", "besluiten", "meer"]) {
    await page.goto(plan.path(path));
    await page.getByRole("alert").filter({ hasText: "De geschiedenis van dit plan klopt niet" }).waitFor();
  }
  await assertAccessible(page, "alarm");
  await picture(page, "page-alarm");

  // Who saw nothing before hears it from the witnesses, if they guard the plan; nobody else is bothered.
  await coalition.page.goto(coalition.plan.path("voor-mij"));
  await coalition.page.getByRole("alert").filter({ hasText: "De geschiedenis van dit plan klopt niet" }).waitFor();
  await assertFitsWidth(coalition.page, "alarm");
  await assertAccessible(coalition.page, "alarm on a phone");
  await picture(coalition.page, "phone-alarm");
  const loaded = [];
  bystander.page.on("request", (request) => /proof|witness-state|audit/.test(request.url()) && loaded.push(request.url()));
  await bystander.page.goto(bystander.plan.path("voor-mij"));
  await bystander.page.waitForTimeout(4_000);
  assert.equal(await bystander.page.getByRole("alert").count(), 0);
  assert.deepEqual(loaded, [], "who never asked loads nothing for it");

  await page.goto(plan.path("echtheid"));
  await page.getByText(/GGD Waterland weigert mee te tekenen|GGD Waterland tekende al voor meer/).first().waitFor();
  await page.getByText("De server toont een andere geschiedenis dan eerder").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Bewijs opslaan" }).click()]);
  const evidence = join(folder, "twee.json");
  await download.saveAs(evidence);
  const { seen, now } = JSON.parse(readFileSync(evidence, "utf8"));
  assert.equal(seen.origin, now.origin);
  assert.notEqual(seen.note, now.note, "two signed states that no proof connects");
  await assertAccessible(page, "echtheid, alarm");
  await picture(page, "page-echtheid-alarm");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual(team.faults, []);
});
