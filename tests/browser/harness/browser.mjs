// One Chromium for a test file, and in it one independent context per person: own cookies, own stores, own network.
//
// Why it exists: two contexts are two people on two machines as far as the product can tell, so "two people write
// at once" needs no second process. Every page is watched: an uncaught error or a failed script fails the test.
import { existsSync, mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { Line } from "./line.mjs";
import { Plan } from "./plan.mjs";

const EXECUTABLES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const RESULTS = new URL("../results/", import.meta.url);

/** A desk, and the smallest phone the pages promise to work on. */
export const DESK = { width: 1280, height: 860 };
export const PHONE = { width: 320, height: 640 };

/** Starts Chromium, with more switches if need be; close it in `after`. */
export async function startBrowser(...switches) {
  return chromium.launch({ executablePath: executable(), args: [...QUIET, ...switches] });
}

/** Starts Chromium as somebody's own browser, whose cookies and stores lie in a directory and outlive it. */
export async function startOwnBrowser(directory, about) {
  return chromium.launchPersistentContext(directory, { executablePath: executable(), args: QUIET, ...about });
}

function executable() {
  const path = EXECUTABLES.find((path) => path && existsSync(path));
  if (!path) throw new Error("no Chromium here: apt-get install chromium, or set CHROMIUM to its path");
  return path;
}

/** How the browsers of all people are set. */
export const DUTCH = { locale: "nl-NL", timezoneId: "Europe/Amsterdam", reducedMotion: "reduce" };

/**
 * Somebody of the sample plan at a machine of their own: an independent context with one page, signed in, on their
 * own line to the server. Without `who` nobody is signed in. `serviceWorkers: "block"` lets a test stand between page and server.
 */
export async function person(browser, server, who, { viewport = DESK, serviceWorkers = "allow" } = {}) {
  const line = await Line.to(server);
  const about = { viewport, serviceWorkers, ...DUTCH, baseURL: line.url };
  const context = await browser.newContext(about);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults = [];
  watch(page, faults);
  if (!who) return { context, page, line, faults };
  await signIn(page, server.links[who].replace(server.url, line.url));
  const session = await page.request.get(`${line.url}/api/v1/session`);
  return { context, page, line, faults, me: await session.json(), plan: await Plan.of(line.url, page) };
}

/** Somebody as the pages name them. */
export const nameOf = ({ me }) => `${me.person.name} (${me.party.name})`;

/** Notes every uncaught error of a page. */
export function watch(page, faults) {
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("crash", () => faults.push("the page crashed"));
}

/** Follows a sign-in link as a person would, and waits until one is in. */
export async function signIn(page, link) {
  await page.goto(link);
  await page.waitForURL((url) => !url.pathname.startsWith("/aanmelden"));
  await page.locator("main h1").first().waitFor();
}

/** Into the tunnel: the browser knows it is offline, and the line is dead. */
export async function goOffline({ context, line }) {
  await context.setOffline(true);
  await line.cut();
}

/** Out of the tunnel. */
export async function goOnline({ context, line }) {
  await line.mend();
  await context.setOffline(false);
}

/** Keeps a picture of the page in tests/browser/results, for the reader of the test's output. */
export async function picture(page, name) {
  mkdirSync(RESULTS, { recursive: true });
  await page.screenshot({ path: new URL(`${name}.png`, RESULTS).pathname, fullPage: false });
}

/** Waits until `probe()` answers with something true; says what it last saw when it never does. */
export async function until(what, probe, { ms = 15_000, every = 60 } = {}) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    try {
      last = await probe();
    } catch (error) {
      last = error;
    }
    if (last && !(last instanceof Error)) return last;
    await new Promise((go) => setTimeout(go, every));
  }
  throw new Error(`waited ${ms} ms for: ${what}; last saw ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}
