// How long the first page takes, and how much comes over the line: a fresh browser, the real server, this machine.
//
// Why it exists: the figures of docs/performance.md. The line is loopback: bytes are what counts on a phone, times
// say what the machine itself needs.
import { DESK, person, startBrowser } from "./harness/browser.mjs";
import { Server } from "./harness/server.mjs";

const ROUNDS = 5;

/** Milliseconds until `ready` and kilobytes over the line, of going to an address with nothing kept. */
async function visit({ page, line }, path, ready) {
  const start = performance.now();
  await page.goto(path);
  await ready(page);
  const ms = performance.now() - start;
  return { ms, kB: line.received / 1000 };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(what, browser, server, path, ready) {
  const seen = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const who = await person(browser, server, null, { viewport: DESK });
    await who.context.addCookies(cookies.map((cookie) => ({ name: cookie.name, value: cookie.value, url: who.line.url })));
    seen.push(await visit(who, path, ready));
    await who.context.close();
  }
  console.log(`${what}: ${median(seen.map((each) => each.ms)).toFixed(0)} ms, ${median(seen.map((each) => each.kB)).toFixed(0)} kB over the line (median of ${ROUNDS})`);
}

const [server, browser] = await Promise.all([Server.started(), startBrowser()]);
const anna = await person(browser, server, "writer");
const cookies = await anna.context.cookies();
const chapter = anna.plan.chapters.find((each) => each.mayWrite);
const at = `/plannen/${anna.plan.value.id}`;
await measure("first page (Voor mij)", browser, server, `${at}/voor-mij`, (page) => page.locator("main h1").first().waitFor());
await measure("reading a chapter", browser, server, `${at}/hoofdstukken/${chapter.id}`, (page) => page.locator("main p").first().waitFor());
await measure("writing a chapter", browser, server, `${at}/hoofdstukken/${chapter.id}/schrijven`, (page) => page.locator('[contenteditable="true"]').first().waitFor());
await browser.close();
await server.stop();
