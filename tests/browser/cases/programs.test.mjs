// "Koppelingen": somebody makes an access code for a program on their own page, the program reads with it and no more,
// and it ends when they say so.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { assertAccessible, assertFitsWidth } from "../harness/accessibility.mjs";
import { DESK, PHONE, person, picture, startBrowser } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  anna = await person(browser, server, "writer");
  await anna.context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What a program gets that shows a code. */
async function asked(code, path = "/plans") {
  const answer = await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${code}` } });
  return answer.status;
}

const clipboard = () => anna.page.evaluate(() => navigator.clipboard.readText());

test("a chapter says under which address programs open it, and leads to the page of codes", async () => {
  const chapter = anna.plan.chapters.find((each) => each.mayOpenText);
  await anna.page.goto(anna.plan.path(`hoofdstukken/${chapter.id}`));
  await anna.page.getByText("Koppelingen", { exact: true }).click();
  await anna.page.getByText(chapter.automergeUrl).waitFor();
  await anna.page.getByText("ingebracht met een eigen programma").waitFor();
  await anna.page.getByRole("button", { name: "Kopieer het adres" }).click();
  await anna.page.getByText("Het adres is gekopieerd.").first().waitFor();
  assert.equal(await clipboard(), chapter.automergeUrl);
  await anna.page.getByRole("link", { name: "Een toegangscode maken om het programma aan te melden" }).click();
  await anna.page.getByRole("heading", { name: "Koppelingen", level: 1 }).waitFor();
});

test("a code is made, shown once, used, seen to be used, and withdrawn", async () => {
  await anna.page.goto(anna.plan.path("koppelingen"));
  await anna.page.getByText("U heeft nog geen toegangscodes.").waitFor();
  await anna.page.getByRole("button", { name: "Toegangscode maken" }).click();
  await anna.page.getByText("Geef de code een naam").waitFor();
  await anna.page.getByLabel("Waarvoor is de code?").fill("Weekbericht");
  await anna.page.getByLabel("Hoe lang?").selectOption({ label: "7 dagen" });
  await anna.page.getByRole("button", { name: "Toegangscode maken" }).click();
  await anna.page.getByText("De toegangscode voor Weekbericht is er").waitFor();
  await anna.page.getByRole("button", { name: "Kopieer de code" }).click();
  const code = await clipboard();
  assert.match(code, /^[0-9a-f]{64}$/);
  await picture(anna.page, "programs-made");
  await assertAccessible(anna.page, "a code that was made");
  await anna.page.setViewportSize(PHONE);
  await assertFitsWidth(anna.page, "a code that was made, on a phone");

  assert.equal(await asked(code), 200);
  assert.equal(await asked(code, `/plans/${anna.plan.value.id}/rights`), 403, "rights are not for programs");
  const card = anna.page.locator("li", { hasText: "Weekbericht" });
  await anna.page.reload();
  await card.getByText("Alleen lezen").waitFor();
  await card.getByText(/^Laatst gebruikt: /).waitFor();
  assert.equal(await anna.page.getByText(code).count(), 0, "it was shown once");

  await card.getByRole("button", { name: "Toegangscode voor Weekbericht intrekken" }).click();
  await anna.page.getByRole("dialog").getByRole("button", { name: "Intrekken" }).click();
  await anna.page.getByText("De toegangscode voor Weekbericht is ingetrokken.").first().waitFor();
  await anna.page.getByText("U heeft nog geen toegangscodes.").waitFor();
  assert.equal(await asked(code), 401);
  await anna.page.setViewportSize(DESK);
  assert.deepEqual(anna.faults, []);
});

test("what a program did to an agreement is told as its doing, where changes are told", async () => {
  const { page, plan } = anna;
  const made = await page.request.post(`${plan.url}/api/v1/access-tokens`, {
    data: { name: "Afspraken", scope: "write", days: 7 },
    headers: { "Idempotency-Key": randomUUID(), Origin: plan.url },
  });
  const { token } = await made.json();
  const colleague = await person(browser, server, "secondWriter");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": randomUUID() };
  const body = JSON.stringify({ title: "Uit een eigen programma", chapterId: plan.chapters.find((each) => each.mayWrite).id, partyIds: [colleague.me.party.id] });
  const answer = await fetch(`${server.url}/api/v1/plans/${plan.value.id}/commitments`, { method: "POST", headers, body });
  assert.equal(answer.status, 201);
  const { id } = await answer.json();
  const by = (told) => `${anna.me.person.name} (${anna.me.party.name}) ${told} (met een eigen programma)`;
  await page.goto(plan.path(`afspraken/${id}`));
  await page.getByRole("heading", { name: by("maakte deze afspraak") }).waitFor();
  await page.getByText(/^Gemaakt door .* \(met een eigen programma\)$/).waitFor();
  await picture(page, "by-program");
  await page.goto(plan.path("afspraken"));
  await page.locator("li", { hasText: "Uit een eigen programma" }).getByText("(met een eigen programma)").waitFor();
  await colleague.page.goto(plan.path("voor-mij"));
  await colleague.page.getByText(by("maakte deze afspraak")).waitFor();
  assert.deepEqual([...anna.faults, ...colleague.faults], []);
});
