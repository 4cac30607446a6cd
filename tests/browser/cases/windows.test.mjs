// Two windows of one browser are two views of one document, with or without a connection, whichever is closed first.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "../harness/accessibility.mjs";
import { goOffline, goOnline, person, picture, signIn, startBrowser, until, watch } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let bram;
let chapter;
let windows;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, server, who)));
  const writable = new Set(bram.plan.chapters.filter((each) => each.mayWrite).map(({ id }) => id));
  chapter = anna.plan.chapters.find((each) => each.mayWrite && writable.has(each.id));
  windows = [anna.page, await anna.context.newPage()];
  watch(windows[1], anna.faults);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = (page) => openChapter(page, anna.plan, chapter);

test("two windows type in one document: each sees the other at once, over one connection", async () => {
  const [one, two] = await Promise.all(windows.map(open));
  const other = await openChapter(bram.page, bram.plan, chapter);
  await agree([one, two, other]);
  await one.toEnd();
  await one.press("Enter");
  await one.type("In het eerste venster |");
  await until("the second has it", async () => (await two.text()).includes("In het eerste venster |"));
  await two.after("venster |");
  await one.after("eerste");
  await Promise.all([one.type(" (een)", { delay: 30 }), two.type(" in het tweede", { delay: 30 })]);
  const text = await agree([one, two, other]);
  assert.match(text, /In het eerste \(een\) venster \| in het tweede/);
  await Promise.all([one.saved(), two.saved()]);
  assert.equal(anna.line.live, 1, "both over one connection");
  assert.equal(await bram.page.locator(".present li").count(), 1, "others see one person");
});

test("without a connection they still share it; the window that came first closes, and the other goes on", async () => {
  const [one, two] = await Promise.all(windows.map(open));
  await Promise.all([one.saved(), two.saved()]);
  await goOffline(anna);
  await until("both are offline", async () => (await one.status()) === "offline" && (await two.status()) === "offline");
  await one.toEnd();
  await one.press("Enter");
  await one.type("Offline in het eerste.");
  await until("the second has it, offline", async () => (await two.text()).includes("Offline in het eerste."));
  await two.after("Offline in het eerste.");
  await two.type(" Offline in het tweede.");
  await until("and the first", async () => (await one.text()).includes("Offline in het tweede."));
  await windows[0].close();
  await two.type(" Na het sluiten.");
  assert.match(await two.text(), /Offline in het eerste\. Offline in het tweede\. Na het sluiten\./);
  await goOnline(anna);
  await two.saved({ ms: 30_000 });
  assert.equal(anna.line.live, 1, "the one that stays has one connection");
  const other = await openChapter(bram.page, bram.plan, chapter);
  const text = await agree([two, other]);
  for (const words of ["Offline in het eerste.", "Offline in het tweede.", "Na het sluiten."]) {
    assert.equal(text.split(words).length, 2, `"${words}" stands there exactly once`);
  }
  anna.page = windows[1];
});

test("a window that is loaded beside another one says at once how it stands, also when the connection was dead", async () => {
  windows = [anna.page, await anna.context.newPage()];
  watch(windows[1], anna.faults);
  const [one, two] = await Promise.all(windows.map(open));
  await Promise.all([one.saved(), two.saved()]);
  anna.line.deafen();
  await one.toEnd();
  await one.type(" Over een dode lijn.");
  await until("what was typed goes nowhere", async () => (await one.status()) === "saving");
  await windows[1].reload();
  // The server is asked and has 4 s to answer; by itself the worker would take 30 s to notice.
  await until("both windows are connected", async () => (await one.status()) === "saved" && (await two.status()) === "saved", { ms: 15_000 });
  await windows[1].close();
});

test("a window that was loaded without a connection says that it is back as soon as another one connects", async () => {
  const one = await open(anna.page);
  await one.saved();
  await anna.page.evaluate(() => navigator.serviceWorker.ready);
  await anna.line.cut();
  await anna.page.reload();
  await until("it says that there is no connection", async () => (await one.status()) === "offline");
  // By then it asks less and less often by itself: the next time in some seconds.
  await anna.page.waitForTimeout(7_000);
  await anna.line.mend();
  const other = await anna.context.newPage();
  watch(other, anna.faults);
  await open(other);
  await one.saved({ ms: 4_000 });
  await until("the banner goes", async () => (await anna.page.getByText("Geen verbinding.").count()) === 0, { ms: 4_000 });
  await other.close();
});

test("a window undoes what it typed itself, not what was typed in the other", async () => {
  windows = [anna.page, await anna.context.newPage()];
  watch(windows[1], anna.faults);
  const [one, two] = await Promise.all(windows.map(open));
  await one.toEnd();
  await one.press("Enter");
  await one.type("Blijft staan.");
  await until("the other has it", async () => (await two.text()).includes("Blijft staan."));
  await two.after("Blijft staan.");
  await two.type(" Gaat weg.");
  await until("it is there", async () => (await one.text()).includes("Gaat weg."));
  await two.press("Control+z");
  const text = await agree([one, two]);
  assert.match(text, /Blijft staan\./);
  assert.doesNotMatch(text, /Gaat weg\./);
});

test("where the browser has no shared workers, the newest window writes and the older one says so", async () => {
  const phone = await person(browser, server, null);
  await phone.context.addCookies((await anna.context.cookies()).map(({ name, value }) => ({ name, value, url: phone.line.url })));
  await phone.context.addInitScript(() => {
    delete globalThis.SharedWorker;
  });
  const plan = { path: (rest) => `${phone.line.url}/plannen/${anna.plan.value.id}/${rest}` };
  const one = await openChapter(phone.page, plan, chapter);
  await one.toEnd();
  await one.press("Enter");
  await one.type("Op de telefoon.");
  const second = await phone.context.newPage();
  const two = await openChapter(second, plan, chapter);
  await until("the newest has it all", async () => (await two.text()).includes("Op de telefoon."));
  await phone.page.getByText("U schrijft verder in een ander venster").first().waitFor();
  assert.equal(await one.canWrite(), false);
  await two.after("Op de telefoon.");
  await two.type(" En verder.");
  await two.saved();
  await phone.page.getByRole("button", { name: "Hier verder schrijven" }).click();
  await until("one goes on here", async () => (await one.text()).includes("Op de telefoon. En verder.") && (await one.canWrite()));
  await second.getByText("U schrijft verder in een ander venster").first().waitFor();
  assert.deepEqual(phone.faults, []);
  await phone.context.close();
});

test("when somebody else signs in in one window, the other asks that person to go on and shows no other name", async () => {
  const team = await person(browser, server, "programme");
  const other = await team.context.newPage();
  watch(other, team.faults);
  await team.page.goto(team.plan.path("afspraken"));
  await other.goto(team.plan.path("meer"));
  const shown = team.page.locator(".top__who");
  await shown.getByText(team.me.person.name).waitFor();
  await other.getByRole("button", { name: "Afmelden" }).click();
  await other.getByLabel("Uw aanmeldlink").waitFor();
  await signIn(other, server.links.secondProgramme.replace(server.url, team.line.url));
  const now = (await (await team.page.request.get(`${team.line.url}/api/v1/session`)).json()).person.name;
  assert.notEqual(now, team.me.person.name);
  await shown.getByText(now).waitFor();
  const why = team.page.getByRole("heading", { name: `Dit venster is nu van ${now} (` });
  await why.waitFor();
  assert.equal(await team.page.getByRole("navigation").count(), 0, "nothing of the first person's page is there before one goes on");
  await assertAccessible(team.page, "a window that became another person's");
  await team.page.getByRole("button", { name: `Verder als ${now}` }).click();
  await why.waitFor({ state: "detached" });

  // Straight from one to another: the cookie changes under a page that was never signed out.
  await signIn(other, server.links.coalition.replace(server.url, team.line.url));
  const last = (await (await team.page.request.get(`${team.line.url}/api/v1/session`)).json()).person.name;
  assert.notEqual(last, now);
  await shown.getByText(last).waitFor();
  await team.page.getByRole("heading", { name: `Dit venster is nu van ${last} (` }).waitFor();
  await picture(team.page, "replaced");
  assert.equal(await other.getByText("Dit venster is nu van").count(), 0, "the window one signed in in knows why");
  await team.page.reload();
  await team.page.getByRole("heading", { name: `Dit venster is nu van ${last} (` }).waitFor();
  await team.page.getByRole("button", { name: `Verder als ${last}` }).click();
  await shown.getByText(last).waitFor();
  await team.page.reload();
  await shown.getByText(last).waitFor();
  assert.equal(await team.page.getByText("Dit venster is nu van").count(), 0, "who went on is not asked again");
  assert.deepEqual(team.faults, []);
});

test("what a window that still shows one person is asked to do is not done in the name of another", async () => {
  const team = await person(browser, server);
  const become = async ({ context }) => {
    const cookies = await context.cookies();
    await team.context.addCookies(cookies.map(({ name, value }) => ({ name, value, url: team.line.url })));
  };
  await become(anna);
  await team.page.goto(`${team.line.url}/plannen/${anna.plan.value.id}/koppelingen`);
  const shown = team.page.locator(".top__who");
  await shown.getByText(anna.me.person.name).waitFor();
  await team.page.getByText("U heeft nog geen toegangscodes.").waitFor();
  // No window hears of it.
  await become(bram);
  await team.page.getByLabel("Waarvoor is de code?").fill("Weekbericht");
  await team.page.getByRole("button", { name: "Toegangscode maken" }).click();
  await shown.getByText(bram.me.person.name).waitFor();
  await team.page.getByRole("heading", { name: `Dit venster is nu van ${bram.me.person.name} (` }).waitFor();
  await team.page.getByRole("button", { name: `Verder als ${bram.me.person.name}` }).click();
  await team.page.getByText("U heeft nog geen toegangscodes.").waitFor();
  assert.deepEqual(team.faults, []);
  await team.context.close();
});

test("who signs out and in again in one window writes on", async () => {
  const link = server.linkFor(anna.me).replace(server.url, anna.line.url);
  const [page, second] = windows;
  await second.close();
  const before = await open(page);
  await before.saved();
  await page.goto(anna.plan.path("meer"));
  await page.getByRole("button", { name: "Afmelden" }).click();
  await page.getByLabel("Uw aanmeldlink").waitFor();
  // Long enough for the worker, which outlives its windows for a while, to have asked who is there now.
  await page.waitForTimeout(3_000);
  await signIn(page, link);
  const after = await open(page);
  await after.saved();
  await after.toEnd();
  await after.type(" Weer terug.");
  await after.saved();
  await until("it stands at the server", async () => JSON.stringify(await bram.plan.get(`/chapters/${chapter.id}/text`)).includes("Weer terug."));
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
