// Where one clicks, there one's words land, also while another person types; and they are recorded as one's own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { goOffline, goOnline, person, startBrowser, until } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

const ROUNDS = 40;
const PARAGRAPHS = 6;

let server;
let browser;
let anna;
let bram;
let shared;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, server, who)));
  const writable = new Set(bram.plan.chapters.filter((chapter) => chapter.mayWrite).map((chapter) => chapter.id));
  shared = anna.plan.chapters.find((chapter) => chapter.mayWrite && writable.has(chapter.id));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A row of short paragraphs at the end of the chapter, seen by both. */
async function paragraphs(word) {
  const editors = await Promise.all([openChapter(anna.page, anna.plan, shared), openChapter(bram.page, bram.plan, shared)]);
  await agree(editors);
  const [one] = editors;
  await one.toEnd();
  for (let number = 0; number < PARAGRAPHS; number += 1) {
    // Out of whatever list or quote the chapter ends in.
    for (let times = 0; number === 0 && times < 3; times += 1) await one.press("Enter");
    if (number > 0) await one.press("Enter");
    await one.type(`${word} ${number}:`);
  }
  await agree(editors);
  await one.saved();
  return editors;
}

/** Clicks in a paragraph and types at its end at once, as fast as hands can. */
async function typeIn(editor, paragraph, words) {
  await editor.field.locator("p", { hasText: paragraph }).click({ position: { x: 20, y: 8 } });
  await editor.press("End");
  await editor.page.keyboard.type(words);
}

/** Every eighth word is taken back at once, and another one typed elsewhere. */
const isUndone = (round) => round % 8 === 7;

/** Which paragraph a round types in; after an undo, another one. */
const wantedIn = (round, undone) => 1 + ((round + (undone ? 2 : 0)) % (PARAGRAPHS - 1));

test("words land in the paragraph one clicked in, while another person types", async () => {
  const [one, two] = await paragraphs("Alinea");
  await two.after("Alinea 0:");
  let stop = false;
  const typing = (async () => {
    while (!stop) await two.type("w", { delay: 25 });
  })();
  const wrong = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const number = wantedIn(round, false);
      await typeIn(one, `Alinea ${number}:`, `[${round}]`);
      if (isUndone(round)) {
        await one.press("Control+z");
        await typeIn(one, `Alinea ${wantedIn(round, true)}:`, `[na ${round}]`);
      }
      await one.page.waitForTimeout([0, 20, 60, 150][round % 4]);
    }
  } finally {
    stop = true;
    await typing;
  }
  const lines = (await agree([one, two])).split("\n");
  for (let round = 0; round < ROUNDS; round += 1) {
    const wanted = wantedIn(round, isUndone(round));
    const words = isUndone(round) ? `[na ${round}]` : `[${round}]`;
    const line = lines.find((each) => each.includes(words));
    if (!line?.startsWith(`Alinea ${wanted}:`)) wrong.push(`${words} in "${line}"`);
  }
  assert.deepEqual(wrong, [], "every word is where it was typed");
});

test("words typed before equal words of another are one's own, also after undoing and doing again", async () => {
  const [one, two] = await paragraphs("Regel");
  await two.after("Regel 2:");
  await two.type("Sanne schrijft.");
  await two.saved();
  await until("it arrived", async () => (await one.text()).includes("Regel 2:Sanne schrijft."));
  await one.after("Regel 2:");
  await one.type("Sanne typt door B. ", { delay: 30 });
  await one.saved();
  await one.press("Control+z");
  await one.press("Control+y");
  await one.saved();
  await agree([one, two]);
  const blame = await until("the chapter says who wrote it", async () => {
    const found = await anna.plan.get(`/chapters/${shared.id}/blame`);
    return JSON.stringify(found).includes("typt door B") && found;
  });
  const runs = runsWith(blame, "Sanne typt door B. ");
  assert.deepEqual(runs, [anna.me.person.name], `one run, by its author: ${JSON.stringify(runs)}`);
});

/** The authors of the stretches of text that hold these words. */
function runsWith(blame, words) {
  const runs = blame.blocks.flatMap((block) => block.runs);
  return runs.filter((run) => run.text.includes(words)).map((run) => run.written.actor.person.name);
}

test("who types on stays in their paragraph when one batch of another changes it and takes away a later one", async () => {
  const [one, two] = await paragraphs("Zin");
  await one.after("Zin 1:");
  await one.type(" Aap loopt vandaag naar de markt.");
  await agree([one, two]);
  await goOffline(bram);
  await two.after("Zin 1: Aap");
  for (let times = 0; times < "Aap".length; times += 1) await two.press("Backspace");
  await two.type("Beer");
  await two.after(`Zin ${PARAGRAPHS - 1}:`);
  // Its text, and then what parts it from the one before.
  for (let times = 0; times <= `Zin ${PARAGRAPHS - 1}:`.length; times += 1) await two.press("Backspace");
  const counted = Array.from({ length: 60 }, (_, number) => ` t${number}`);
  await one.after("Aap loopt");
  for (const [number, word] of counted.entries()) {
    if (number === 15) await goOnline(bram);
    await one.type(word, { delay: 25 });
    if (number > 15 && number < 45 && !(await one.text()).includes("Beer")) await one.page.waitForTimeout(50);
  }
  const lines = (await agree([one, two])).split("\n");
  assert.ok(lines.includes(`Zin 1: Beer loopt${counted.join("")} vandaag naar de markt.`), lines.join("\n"));
  assert.ok(lines.includes("Zin 2:") && !lines.some((line) => line.startsWith(`Zin ${PARAGRAPHS - 1}`)), lines.join("\n"));
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
