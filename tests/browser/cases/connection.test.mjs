// Without a server: the first visit already opens offline, a server that is down is said, and pages come back alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { goOffline, goOnline, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  anna = await person(browser, server, "writer");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const BANNER = "Geen verbinding.";

test("after the very first visit the page opens without a connection, and comes back by itself", async () => {
  const { page, plan } = anna;
  await page.waitForURL(/voor-mij/);
  await until("the worker keeps what was read", () =>
    page.evaluate(async () => {
      const kept = await caches.match("/api/v1/session", { cacheName: "schrijftafel-answers" });
      return navigator.serviceWorker.controller !== null && kept !== undefined;
    }),
  );
  await goOffline(anna);
  await page.reload();
  await page.getByRole("heading", { name: "Voor mij", level: 1 }).waitFor();
  await page.getByText(BANNER).waitFor();
  await page.getByText(/U ziet wat dit apparaat vandaag \d\d:\d\d ophaalde\./).waitFor();
  await page.goto(plan.path("geschiedenis"));
  await page.getByText("Er is geen verbinding met de server.").first().waitFor();
  await goOnline(anna);
  await page.locator(".timeline").waitFor();
  await until("the banner goes", async () => (await page.getByText(BANNER).count()) === 0);
});

test("a server that is down is said at the next thing one does, and back is seen without doing anything", async () => {
  const { page, plan } = anna;
  await page.goto(plan.path("plan"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await server.kill();
  await page.getByRole("link", { name: "Meer" }).click();
  await page.getByRole("link", { name: "Geschiedenis" }).click();
  await page.getByText(BANNER).waitFor();
  await picture(page, "server-down");
  await server.start();
  await page.locator(".timeline").waitFor({ timeout: 40_000 });
  await until("the banner goes", async () => (await page.getByText(BANNER).count()) === 0);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual(anna.faults, []);
});
