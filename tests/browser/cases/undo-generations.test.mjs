// Undo reaches back over the moment at which a grown chapter went on in a fresh document, also beside another writer.
//
// Why it exists: nobody sees that moment, so nobody should meet it in Ctrl+Z either.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../harness/browser.mjs";
import { agree } from "../harness/editor.mjs";
import { writersOf, writingAtOneChapter } from "../harness/together.mjs";

/** Typed and taken out again, more than twice what the sample chapter and its spare operations allow. */
const PASTED_LETTERS = 24_000;

let end;
let anna;
let bram;
let team;
let chapter;
let one;
let two;

before(async () => {
  ({ end, chapter, people: [anna, bram, team], editors: [one, two] } = await writingAtOneChapter("programme"));
});

after(() => end?.());

const generations = async () => (await team.plan.get("/events?limit=200")).items.filter((each) => each.kind === "text.generation/1").length;

test("what one typed and took out before a fresh document began comes back and goes again", async () => {
  await two.toEnd();
  await two.press("Enter");
  await two.type("G1: De wijkzorg begint op tijd.");
  await two.saved();
  await until("the first has the paragraph", async () => (await one.text()).endsWith("op tijd."));
  await one.toEnd();
  await one.type(" Wij doen mee.");
  await one.saved();
  await agree([one, two]);
  await one.after("begint");
  for (const _ of " begint") await one.press("Shift+ArrowLeft");
  await one.press("Delete");
  await one.saved();
  const taken = await agree([one, two]);
  assert.match(taken, /G1: De wijkzorg op tijd\. Wij doen mee\.$/);

  const before = await generations();
  await two.toEnd();
  await two.paste(" regioplan".repeat(PASTED_LETTERS / 10));
  await two.saved();
  await two.press("Control+z");
  await two.saved();
  await until("the chapter goes on in a fresh document", async () => (await generations()) > before, { ms: 60_000 });
  assert.equal(await agree([one, two]), taken);
  await two.toEnd();
  await two.type(" Ook nu.");
  await two.saved();
  await agree([one, two]);

  await one.press("Control+z");
  await one.saved();
  assert.match(await agree([one, two]), /G1: De wijkzorg begint op tijd\. Wij doen mee\. Ook nu\.$/);
  const [a, b] = [anna, bram].map((each) => each.me.person.id);
  assert.deepEqual(await writersOf(anna, chapter, "G1:"), [["G1: De wijkzorg begint op tijd.", b], [" Wij doen mee.", a], [" Ook nu.", b]]);
  await one.press("Control+z");
  await one.saved();
  assert.match(await agree([one, two]), /G1: De wijkzorg begint op tijd\. Ook nu\.$/);
  await one.press("Control+y");
  await one.saved();
  await one.press("Control+y");
  await one.saved();
  assert.match(await agree([one, two]), /G1: De wijkzorg op tijd\. Wij doen mee\. Ook nu\.$/);
});
