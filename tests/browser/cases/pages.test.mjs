// Every page, as its people see it: no accessibility violation, no sideways scrolling at 320 px, no broken script.
//
// Why it exists: boards read on phones, and public bodies must keep WCAG 2.2 AA. New pages belong in this list.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, person, picture, startBrowser } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let team;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, team] = await Promise.all(["writer", "programme"].map((who) => person(browser, server, who)));
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  const editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.toEnd();
  await editor.press("Enter");
  await editor.type("Een regel, zodat de geschiedenis iets te tonen heeft.");
  await editor.saved();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Name → address, with a chapter and a commitment of the sample plan filled in. */
async function pages() {
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  const [history, commitments] = await Promise.all([
    team.plan.get(`/chapters/${chapter.id}/history`),
    team.plan.get("/commitments"),
  ]);
  const { fromPosition, toPosition } = history.items[0];
  const commitment = commitments.items[0].id;
  const own = `hoofdstukken/${chapter.id}`;
  return {
    "voor-mij": "voor-mij",
    plan: "plan",
    lezen: own,
    "lezen-toen": `${own}?op=${fromPosition}`,
    geschiedenis: `${own}/geschiedenis`,
    verschil: `${own}/geschiedenis/${fromPosition}/${toPosition}`,
    schrijvers: `${own}/schrijvers`,
    terugzetten: `${own}/terugzetten/${fromPosition}`,
    afspraken: "afspraken",
    afspraak: `afspraken/${commitment}`,
    "afspraak-wijzigen": `afspraken/${commitment}/wijzigen`,
    "afspraak-nieuw": "afspraken/nieuw",
    besluiten: "besluiten",
    meer: "meer",
    mensen: "mensen",
    koppelingen: "koppelingen",
    "geschiedenis-plan": "geschiedenis",
    echtheid: "echtheid",
    beheer: "beheer",
    "gegevens-wissen": "beheer/gegevens-wissen",
    "bestaat-niet": "bestaat-niet",
  };
}

async function settled(page) {
  await page.locator("main h1").first().waitFor();
  await page.locator("[aria-busy=true], .waiting").first().waitFor({ state: "detached" }).catch(() => undefined);
  await page.waitForLoadState("networkidle");
}

test("every page is accessible and fits a phone", async (t) => {
  for (const [name, path] of Object.entries(await pages())) {
    await t.test(name, async () => {
      for (const who of [anna, team]) {
        await who.page.setViewportSize(DESK);
        await who.page.goto(who.plan.path(path));
        await settled(who.page);
        await assertAccessible(who.page, name);
        await who.page.setViewportSize(PHONE);
        await assertFitsWidth(who.page, name);
      }
      await assertAccessible(team.page, `${name} on a phone`);
      await picture(team.page, `phone-${name}`);
      await team.page.setViewportSize(DESK);
      await picture(team.page, `page-${name}`);
    });
  }
});

test("writing is accessible and fits a phone", async () => {
  const chapter = anna.plan.chapters.find((each) => each.mayWrite);
  await anna.page.setViewportSize(DESK);
  await openChapter(anna.page, anna.plan, chapter);
  await assertAccessible(anna.page, "schrijven");
  await picture(anna.page, "page-schrijven");
  await anna.page.setViewportSize(PHONE);
  await assertFitsWidth(anna.page, "schrijven");
  await assertAccessible(anna.page, "schrijven on a phone");
  await picture(anna.page, "phone-schrijven");
});

test("signing in is accessible, and a link that was used says so", async () => {
  const visitor = await person(browser, server, null, { viewport: PHONE });
  await visitor.page.goto("/aanmelden");
  await settled(visitor.page);
  await assertAccessible(visitor.page, "aanmelden");
  await assertFitsWidth(visitor.page, "aanmelden");
  await visitor.page.getByLabel(/Uw aanmeldlink/).fill(server.links.writer);
  await visitor.page.getByRole("button", { name: "Aanmelden" }).click();
  await visitor.page.getByText("Aanmelden lukt niet").first().waitFor();
  await assertAccessible(visitor.page, "aanmelden mislukt");
  await picture(visitor.page, "phone-aanmelden-mislukt");
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...team.faults], []);
});
