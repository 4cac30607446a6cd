// A server without room: writing goes on, is said not to be saved, is kept on the device, and is sent once there is room.
//
// The disk is the machine's own: the server keeps almost all that is free in reserve, and a file takes the rest.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertAccessible } from "../harness/accessibility.mjs";
import { person, picture, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

/** How far the free space may move by itself meanwhile. */
const MARGIN_BYTES_MAX = 3_000_000_000;

const place = mkdtempSync(join(tmpdir(), "schrijftafel-ballast-"));
const ballast = join(place, "ballast");
let margin;
let server;
let browser;
let anna;
let bram;
let chapter;

before(async () => {
  const { bavail, bsize } = statfsSync(place);
  margin = Math.min(MARGIN_BYTES_MAX, Math.floor((bavail * bsize) / 4));
  const reserve = String(bavail * bsize - margin);
  [server, browser] = await Promise.all([Server.started("--disk-reserve", reserve), startBrowser()]);
  [anna, bram] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, server, who)));
  chapter = anna.plan.chapters.find((each) => each.mayWrite);
});

after(async () => {
  rmSync(place, { recursive: true, force: true });
  await browser?.close();
  await server?.stop();
});

async function readiness() {
  return (await fetch(`${server.url}/readyz`)).status;
}

async function takeTheRoom() {
  const taken = spawnSync("fallocate", ["--length", String(margin * 2), ballast], { encoding: "utf8" });
  assert.equal(taken.status, 0, taken.stderr ?? String(taken.error));
  await until("the server has no room", async () => (await readiness()) === 503);
}

async function giveTheRoom() {
  rmSync(ballast);
  await until("the server has room", async () => (await readiness()) === 200, { ms: 30_000 });
}

const stands = async (words) => JSON.stringify((await bram.plan.get(`/chapters/${chapter.id}/text`)).document).includes(words);

test("what is typed while nothing can be saved is said to be kept here, survives a reload, and is sent when there is room", async () => {
  const { page } = anna;
  let editor = await openChapter(page, anna.plan, chapter);
  await editor.saved();
  await takeTheRoom();
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Terwijl er geen ruimte is.");
  await until("it is said", async () => (await editor.status()) === "stopped");
  await page.getByText("Opslaan lukt nu niet. Uw tekst blijft op dit apparaat bewaard").first().waitFor();
  await page.getByText("De server heeft geen ruimte of kan niet schrijven.").first().waitFor();
  assert.ok(await editor.canWrite(), "one may write on");
  await assertAccessible(page, "a server without room");
  await picture(page, "server-without-room");
  assert.equal(await stands("Terwijl er geen ruimte is."), false, "what is not durable is shown to nobody");

  editor = await openChapter(page, anna.plan, chapter);
  await until("the words are still there", async () => /Terwijl er geen ruimte is\.$/.test(await editor.text()));
  await editor.toEnd();
  await editor.type(" En daarna.");
  await until("it is said again", async () => (await editor.status()) === "stopped");
  await giveTheRoom();
  await editor.saved({ ms: 40_000 });
  assert.match(await editor.text(), /Terwijl er geen ruimte is\. En daarna\.$/);
  await until("it is no longer said", async () => (await page.getByText("Opslaan lukt nu niet").count()) === 0);
  await until("everybody reads it", () => stands("Terwijl er geen ruimte is. En daarna."));
});

test("an agreement that cannot be saved says so, and is saved by the same button when there is room", async () => {
  const { page } = anna;
  const { items } = await anna.plan.get("/commitments");
  const mine = items.find((each) => each.mayEdit);
  await page.goto(anna.plan.path(`afspraken/${mine.id}/wijzigen`));
  const title = page.getByLabel("Titel").first();
  const wanted = `${await title.inputValue()}, aangescherpt`;
  await takeTheRoom();
  await title.fill(wanted);
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByText("Opslaan lukt nu niet: de server heeft geen ruimte of kan niet schrijven.").first().waitFor();
  assert.equal(await title.inputValue(), wanted, "nothing typed is gone");
  await bram.page.goto(bram.plan.path("afspraken"));
  await bram.page.getByText(mine.title).first().waitFor();
  await giveTheRoom();
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByText("De afspraak is opgeslagen.").first().waitFor();
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
