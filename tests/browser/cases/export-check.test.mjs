// The page that checks exports and proofs: opened from a disk without any server, and from the server with an export it gave.
//
// Why from a disk: whoever is handed a file years later has the page and the file, and nothing else.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, person, picture, startBrowser } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

const PAGE = new URL("../../../client-wasm/web/dist/controleren.html", import.meta.url).href;
const GOOD = fileURLToPath(new URL("../../golden/export/plan-1.jsonl", import.meta.url));
const TAMPERED = fileURLToPath(new URL("../../golden/export/tampered-1.jsonl", import.meta.url));

let browser;

before(async () => {
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
});

/** The page opened from the disk by somebody without any network. */
async function fromDisk(viewport = DESK) {
  const context = await browser.newContext({ viewport, locale: "nl-NL", timezoneId: "Europe/Amsterdam", offline: true });
  const page = await context.newPage();
  const faults = [];
  const asked = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => !/^(file|data|blob):/.test(request.url()) && asked.push(request.url()));
  await page.goto(PAGE);
  return { context, page, faults, asked };
}

test("a file that nobody changed", async () => {
  const { context, page, faults, asked } = await fromDisk();
  await page.getByLabel("Exportbestand").setInputFiles(GOOD);
  await page.getByRole("heading", { name: "Dit bestand klopt in zichzelf." }).waitFor();
  const said = await page.locator("#result").innerText();
  assert.match(said, /gebeurtenissen, elk zoals het is vastgelegd en op zijn plaats; er ontbreekt er geen/);
  assert.match(said, /sleutel die alleen in het bestand staat/);
  assert.match(said, /Meegetekend door partij-0/);
  assert.match(said, /Nachtzorg samen organiseren/);
  await page.getByText(/^Wie wijzigde wat/).click();
  await page.getByText("Teruggezet naar versie 1: te snel gewijzigd", { exact: false }).waitFor();
  await assertAccessible(page, "export, goed");
  await picture(page, "export-goed");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "This file holds together." }).waitFor();
  assert.deepEqual(faults, []);
  assert.deepEqual(asked, [], "the page asks nobody anything");
  await context.close();
});

test("a file that somebody changed names the place", async () => {
  const { context, page, faults } = await fromDisk(PHONE);
  await page.getByLabel("Exportbestand").setInputFiles(TAMPERED);
  await page.getByRole("heading", { name: "Dit bestand klopt niet." }).waitFor();
  const said = await page.locator("#result").innerText();
  assert.match(said, /De eerste fout zit bij gebeurtenis \d+ \(regel \d+\)/);
  assert.match(said, /Wat op de regel te lezen is, is niet wat is vastgelegd/);
  assert.doesNotMatch(said, /De afspraken/, "nothing is shown of a file that is not right");
  await assertAccessible(page, "export, gewijzigd");
  await assertFitsWidth(page, "export, gewijzigd");
  await picture(page, "export-gewijzigd");
  assert.deepEqual(faults, []);
  await context.close();
});

test("keys that the reader knows are told from those that only the file names", async () => {
  const { context, page } = await fromDisk();
  await page.getByText("Ik heb sleutels om mee te vergelijken").click();
  await page.locator("#keys").fill("geen sleutel");
  await page.getByLabel("Exportbestand").setInputFiles(GOOD);
  await page.getByText("Dit is geen sleutel: geen sleutel").waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByText("This is not a key: geen sleutel").waitFor();
  await page.getByRole("button", { name: "Nederlands" }).click();
  await page.locator("#keys").fill("");
  await page.locator("#keys").blur();
  await page.getByRole("heading", { name: "Dit bestand klopt in zichzelf." }).waitFor();
  await page.getByRole("button", { name: "Controleer opnieuw" }).click();
  const key = await page.locator("#result code").innerText();
  assert.equal(await page.getByText(/Dit is geen sleutel/).count(), 0, "what was said of the former keys is gone");
  await page.locator("#keys").fill(key);
  await page.locator("#keys").blur();
  await page.getByText("Met een sleutel die u opgaf:").waitFor();
  await page.getByRole("heading", { name: "De eerste 12 gebeurtenissen in dit bestand zijn niet gewijzigd." }).waitFor();
  await context.close();
});

test("the proof of one event, as the pages save it, is checked on the same page", async () => {
  const { context, page, faults, asked } = await fromDisk(PHONE);
  const golden = (name) => JSON.parse(readFileSync(new URL(`../../golden/audit/${name}`, import.meta.url), "utf8"));
  const proof = { proof: golden("proof-1.json"), trust: golden("trust-1.json"), shown: "everything" };
  const choose = (file) => page.getByLabel("Exportbestand of bewijs").setInputFiles({ name: "bewijs-7.json", mimeType: "application/json", buffer: Buffer.from(`${JSON.stringify(file, null, 2)}\n`) });
  await choose(proof);
  await page.getByRole("heading", { name: "Dit bewijs klopt in zichzelf." }).waitFor();
  const said = await page.locator("#result").innerText();
  for (const sentence of [/Gebeurtenis 7 van het plan\./, /Vastgelegd op .+: er is geschreven in de tekst van een hoofdstuk\./, /noemt geen naam/, /niet met zijn titel/, /Meegetekend door party-0 op/, /sleutel die alleen in het bestand staat/]) assert.match(said, sentence);
  await assertAccessible(page, "bewijs, goed");
  await assertFitsWidth(page, "bewijs, goed");
  await picture(page, "bewijs-goed");
  await page.getByText("Ik heb sleutels om mee te vergelijken").click();
  await page.locator("#keys").fill(await page.locator("#result code").first().innerText());
  await page.locator("#keys").blur();
  await page.getByRole("heading", { name: "Deze gebeurtenis staat in de ondertekende geschiedenis en is niet gewijzigd." }).waitFor();
  proof.proof.path.pop();
  await choose(proof);
  await page.getByRole("heading", { name: "Dit bewijs klopt niet." }).waitFor();
  await page.getByText("De gebeurtenis staat niet op die plaats in de ondertekende lijst.").waitFor();
  assert.deepEqual([faults, asked], [[], []]);
  await context.close();
});

test("a file that is no export is told as that, and as nothing worse", async () => {
  const { context, page, faults } = await fromDisk(PHONE);
  for (const [name, text] of [["lijst.csv", "Wanneer;Wie\r\n2026;Anna\r\n"], ["leeg.jsonl", ""], ["bewijs-3.json", '{\n  "position": 3\n}']]) {
    await page.getByLabel("Exportbestand").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
    await page.getByText(`Gekozen: ${name}`).waitFor();
    await page.getByRole("heading", { name: "Dit is een ander soort bestand." }).waitFor();
    assert.doesNotMatch(await page.locator("main").innerText(), /niet als bewijs|100 %/, name);
  }
  await assertFitsWidth(page, "export, ander bestand");
  assert.deepEqual(faults, []);
  await context.close();
});

test("what the server exports is right, on the page that the server gives", async () => {
  const server = await Server.started();
  const folder = mkdtempSync(join(tmpdir(), "schrijftafel-export-"));
  try {
    const { page, plan, line, faults } = await person(browser, server, "programme");
    const answer = await page.request.get(`${line.url}/api/v1/plans/${plan.value.id}/event-export`);
    assert.ok(answer.ok());
    const file = join(folder, "plan.jsonl");
    writeFileSync(file, await answer.body());
    await page.goto(`${line.url}/controleren.html`);
    await page.getByLabel("Exportbestand").setInputFiles(file);
    await page.getByRole("heading", { name: "Dit bestand klopt in zichzelf." }).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Bewaar deze pagina" }).click()]);
    assert.equal(download.suggestedFilename(), "schrijftafel-verify.html");
    const kept = join(folder, "schrijftafel-verify.html");
    await download.saveAs(kept);
    assert.deepEqual(faults, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  }
});
