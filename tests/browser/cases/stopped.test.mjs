// A server without room: writing goes on, is said not to be saved, is kept on the device, and is sent once there is room.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "../harness/accessibility.mjs";
import { person, picture, startBrowser, until } from "../harness/browser.mjs";
import { FailingDisk } from "../harness/disk.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

const disk = new FailingDisk();
let server;
let browser;
let anna;
let bram;
let chapter;

before(async () => {
  [server, browser] = await Promise.all([Server.startedOn(disk), startBrowser()]);
  [anna, bram] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, server, who)));
  chapter = anna.plan.chapters.find((each) => each.mayWrite);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  disk.remove();
});

async function readiness() {
  return (await fetch(`${server.url}/readyz`)).status;
}

/** The first thing that cannot be saved tells the server that it has no room. */
async function takeTheRoom() {
  disk.fill();
}

async function giveTheRoom() {
  disk.giveRoom();
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
