// Undo beside a restore: words that a restore took and brought back are the words that somebody's Ctrl+Z is about.
//
// Why it exists: the programme team restores while people type, take out and undo. Whatever comes first, no word stands
// twice, and letters under way stay in the line that they were typed in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { goOffline, goOnline, until } from "../harness/browser.mjs";
import { agree } from "../harness/editor.mjs";
import { writersOf, writingAtOneChapter } from "../harness/together.mjs";

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

/** New paragraphs at the end of the chapter, out of whatever list or quote it ends in. */
async function paragraphs(...lines) {
  await agree([one, two]);
  await one.toEnd();
  for (let times = 0; times < 3; times += 1) await one.press("Enter");
  for (const [number, line] of lines.entries()) {
    if (number > 0) await one.press("Enter");
    await one.type(line);
  }
  await settled();
}

/** Long enough that what follows is an act of its own to undo. */
const pause = () => new Promise((go) => setTimeout(go, 900));

/** Everything is with the server and on both screens. */
async function settled() {
  await Promise.all([one.saved(), two.saved()]);
  return agree([one, two]);
}

const position = async () => (await team.plan.get(`/chapters/${chapter.id}/text`)).at;

const restore = (toPosition, seenPosition = null) =>
  team.plan.post(`/chapters/${chapter.id}/restores`, { toPosition, seenPosition, reason: "Terug naar wat er stond." });

const undo = ({ beforePosition, afterPosition }) => restore(beforePosition, afterPosition);

/** How often words stand in a text. */
const times = (text, words) => text.split(words).length - 1;


test("undo of words typed over others of which a restore brought a part back brings the rest", async () => {
  await paragraphs("R1: vast annaeen");
  const to = await position();
  await two.after("annaeen");
  await two.type(" bramtwee");
  await settled();
  await pause();
  for (const _ of "annaeen bramtwee") await two.press("Shift+ArrowLeft");
  await two.type("over");
  await settled();
  await restore(to);
  await until("the restore is there", async () => /R1: vast annaeen$/.test(await two.text()));
  await settled();
  await two.press("Control+z");
  await until("the rest came back", async () => /bramtwee/.test(await one.text()));
  assert.match(await settled(), /R1: vast annaeen bramtwee$/);
  const [a, b] = [anna, bram].map((each) => each.me.person.id);
  assert.deepEqual(await writersOf(anna, chapter, "R1:"), [["R1: vast annaeen", a], [" bramtwee", b]]);
});

test("words taken back and given again without a connection stand once, whatever was restored meanwhile", async () => {
  await paragraphs("R2: begin");
  const to = await position();
  await two.toEnd();
  await two.type(" nog wat woorden");
  await settled();
  await goOffline(bram);
  await two.press("Control+z");
  await until("they are gone here", async () => /R2: begin$/.test(await two.text()));
  await two.press("Control+y");
  await until("they are here again", async () => /R2: begin nog wat woorden$/.test(await two.text()));
  const restored = await restore(to);
  await until("they are gone there", async () => /R2: begin$/.test(await one.text()));
  await undo(restored);
  await until("they are there again", async () => /R2: begin nog wat woorden$/.test(await one.text()));
  await goOnline(bram);
  const text = await settled();
  assert.match(text, /R2: begin nog wat woorden$/);
});

test("a restore that is undone after somebody's own undo shows one wording", async () => {
  await paragraphs("R3: het oude begin telt");
  const to = await position();
  await two.after("het oude begin");
  for (const _ of "oude begin") await two.press("Shift+ArrowLeft");
  await two.type("nieuwe einde");
  await settled();
  const restored = await restore(to);
  await until("the old words are there", async () => /R3: het oude begin telt$/.test(await two.text()));
  await settled();
  await two.press("Control+z");
  await settled();
  await undo(restored);
  await pause();
  const line = (await settled()).split("\n").at(-1);
  assert.ok(times(line, "oude begin") + times(line, "nieuwe einde") === 1, line);
});

test("letters under way to the end of a list item stay in it when a restore puts lines behind it", async () => {
  await paragraphs("R4: lijst", "- eerste punt", "tweede punt");
  const to = await position();
  await two.after("tweede punt");
  await two.press("Enter");
  await two.type("derde punt");
  await two.press("Enter");
  await two.type("vierde punt");
  await settled();
  const seen = await position();
  await one.after("eerste punt");
  await two.after("tweede punt");
  const [mine, theirs] = [" van Anna die lang doorgaat met typen tot het af is", " van Bram die ook maar niet ophoudt met typen"];
  const restores = async () => {
    for (let round = 0; round < 2; round += 1) {
      await new Promise((go) => setTimeout(go, 250));
      const restored = await restore(to, seen);
      await new Promise((go) => setTimeout(go, 250));
      await undo(restored);
    }
  };
  await Promise.all([one.type(mine, { delay: 35 }), two.type(theirs, { delay: 45 }), restores()]);
  const lines = (await settled()).split("\n").slice(-4);
  assert.deepEqual(lines, [`eerste punt${mine}`, `tweede punt${theirs}`, "derde punt", "vierde punt"]);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
