// Undo between two people: what one took out comes back beside what the other wrote there, and nothing else goes.
//
// Why it exists: a key that takes something else than the last thing done, somewhere out of sight, loses words in silence.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { goOffline, goOnline, until } from "../harness/browser.mjs";
import { agree } from "../harness/editor.mjs";
import { writersOf, writingAtOneChapter } from "../harness/together.mjs";

let end;
let anna;
let bram;
let one;
let two;
let chapter;

before(async () => {
  ({ end, chapter, people: [anna, bram], editors: [one, two] } = await writingAtOneChapter());
});

after(() => end?.());

/** Selects the words by the keyboard, ending where they end. */
async function select(editor, words) {
  await editor.after(words);
  for (let left = words.length; left > 0; left -= 1) await editor.press("Shift+ArrowLeft");
}

test("a sentence that one deleted comes back beside what another typed before it, and one's older sentence stays", async () => {
  const [first] = (await one.lines()).filter((line) => line.length > 20);
  await one.after(first.slice(-20));
  await one.type(" Dit is mijn eigen zin bovenaan.");
  await one.saved();
  await agree([one, two]);
  await two.toEnd();
  await two.press("Enter");
  await two.type("Z1: Zorg begint. De ploeg komt binnen dertig minuten. Klaar.");
  await two.saved();
  await until("the first has the paragraph", async () => (await one.text()).endsWith("minuten. Klaar."));
  await select(one, " De ploeg komt binnen dertig minuten.");
  await one.press("Delete");
  await one.saved();
  await until("the second sees it go", async () => (await two.text()).endsWith("Z1: Zorg begint. Klaar."));
  await two.after("Zorg begint.");
  await two.type(" Echt.");
  await two.saved();
  await until("the first sees the word", async () => (await one.text()).endsWith("Z1: Zorg begint. Echt. Klaar."));
  const before = await one.text();
  await one.press("Control+z");
  await one.saved();
  const text = await agree([one, two]);
  assert.match(text, /Z1: Zorg begint\. De ploeg komt binnen dertig minuten\. Echt\. Klaar\.$/);
  assert.match(text, /Dit is mijn eigen zin bovenaan\./);
  await one.press("Control+y");
  await one.saved();
  assert.equal(await agree([one, two]), before, "redo takes out the same again, and no more");
});

/** Who wrote the paragraph that begins with these words. */
const whoWrote = async (start) => [...new Set((await writersOf(anna, chapter, start)).map(([, writer]) => writer))];

test("a sentence comes back around what another typed inside it without knowing that it went", async () => {
  await two.toEnd();
  await two.press("Enter");
  await two.type("Z2: Zij komt elke dag langs. Klaar.");
  await two.saved();
  await until("the first has the paragraph", async () => (await one.text()).endsWith("langs. Klaar."));
  await goOffline(bram);
  await two.after("Z2: Zij komt");
  await two.type(" nu echt");
  await select(one, " komt elke dag langs");
  await one.press("Delete");
  await one.saved();
  await goOnline(bram);
  const before = await agree([one, two]);
  assert.match(before, /Z2: Zij nu echt\. Klaar\.$/);
  await one.press("Control+z");
  assert.match(await agree([one, two]), /Z2: Zij komt nu echt elke dag langs\. Klaar\.$/);
  await one.saved();
  assert.deepEqual(await whoWrote("Z2:"), [bram.me.person.id], "who takes out and puts back wrote none of it");
  await one.press("Control+y");
  await one.saved();
  assert.equal(await agree([one, two]), before, "redo takes out the same again, and no more");
});

/** The other's cursor would stand in the words that are looked for. */
async function twoOutOfTheWay() {
  await two.toEnd();
  await until("the sentence is in one piece", () => select(one, " komt nu iedere morgen langs").then(() => true, () => false));
}

test("who goes on typing in a sentence while another takes it out and back stands in its middle", async () => {
  await two.toEnd();
  await two.press("Enter");
  await two.type("Z4: Zij komt iedere morgen langs. Klaar.");
  await two.saved();
  await until("the first has the paragraph", async () => (await one.text()).endsWith("langs. Klaar."));
  await two.after("Z4: Zij komt");
  await two.type(" nu");
  await two.saved();
  await until("the first has the word", async () => (await one.text()).includes("Z4: Zij komt nu iedere"));
  await twoOutOfTheWay();
  await one.press("Delete");
  await one.saved();
  await until("it went at the second", async () => (await two.text()).endsWith("Z4: Zij. Klaar."));
  await one.press("Control+z");
  await one.saved();
  await agree([one, two]);
  await twoOutOfTheWay();
  // Not heard of each other: one takes it out and back, the other types on and begins elsewhere in it.
  await goOffline(bram);
  await two.after("Z4: Zij komt nu");
  await two.type(" echt");
  await two.after("iedere");
  await two.type(" hele");
  await select(one, " komt nu iedere morgen langs");
  await one.press("Delete");
  await one.press("Control+z");
  await one.saved();
  await goOnline(bram);
  assert.match(await agree([one, two]), /Z4: Zij komt nu echt iedere hele morgen langs\. Klaar\.$/);
  assert.deepEqual(await whoWrote("Z4:"), [bram.me.person.id]);
});

test("what two took out at once and both take back comes back once", async () => {
  await two.toEnd();
  await two.press("Enter");
  await two.type("Z5: Zij komt elke dag langs. Klaar.");
  await two.saved();
  await until("the first has the paragraph", async () => (await one.text()).endsWith("Z5: Zij komt elke dag langs. Klaar."));
  await goOffline(bram);
  for (const each of [one, two]) {
    await select(each, " komt elke dag langs");
    await each.press("Delete");
    await each.press("Control+z");
  }
  await one.saved();
  await goOnline(bram);
  assert.match(await agree([one, two]), /Z5: Zij komt elke dag langs\. Klaar\.$/);
  await two.saved();
  assert.match(await agree([one, two]), /Z5: Zij komt elke dag langs\. Klaar\.$/);
});

test("who types over a sentence and undoes that wrote none of it, also where another typed inside it", async () => {
  await two.toEnd();
  await two.press("Enter");
  await two.type("Z3: De ploeg komt snel binnen dertig minuten. Klaar.");
  await two.saved();
  await until("the first has the paragraph", async () => (await one.text()).endsWith("minuten. Klaar."));
  await select(one, "De ploeg komt snel binnen dertig minuten.");
  await one.type("Wij komen snel.");
  await one.saved();
  await until("the second sees it", async () => (await two.text()).endsWith("Z3: Wij komen snel. Klaar."));
  await one.press("Control+z");
  await one.saved();
  assert.match(await agree([one, two]), /Z3: De ploeg komt snel binnen dertig minuten\. Klaar\.$/);
  assert.deepEqual(await whoWrote("Z3:"), [bram.me.person.id]);

  await goOffline(bram);
  await two.after("binnen");
  await two.type(" volle");
  await select(one, "De ploeg komt snel binnen dertig minuten.");
  await one.type("Wij komen snel.");
  await one.saved();
  await goOnline(bram);
  assert.match(await agree([one, two]), /Z3: Wij komen snel\. volle Klaar\.$/);
  await one.press("Control+z");
  await one.saved();
  assert.match(await agree([one, two]), /Z3: De ploeg komt snel binnen volle dertig minuten\. Klaar\.$/);
  assert.deepEqual(await whoWrote("Z3:"), [bram.me.person.id]);
});

test("an act that may not go says so; the next press takes the one before, and nothing is said any more", async () => {
  await one.toEnd();
  await one.press("Enter");
  await one.type("Ja.");
  await one.saved();
  await until("the second has the word", async () => (await two.text()).endsWith("Ja."));
  await two.toEnd();
  await two.type(" En");
  await two.saved();
  await until("the first has it", async () => (await one.text()).endsWith("Ja. En"));
  await one.toEnd();
  await one.type(" ");
  await one.saved();
  await two.toEnd();
  await two.type("zo.");
  await two.saved();
  await until("the first has the last word", async () => (await one.text()).endsWith("Ja. En zo."));
  const said = anna.page.getByRole("status").filter({ hasText: "Niets ongedaan gemaakt" });
  await one.press("Control+z");
  await said.waitFor();
  assert.match(await one.text(), /Ja\. En zo\.$/, "nothing else goes instead");
  await one.press("Control+z");
  await until("the act before goes", async () => !(await one.text()).includes("Ja."));
  await said.waitFor({ state: "detached" });
  assert.match(await agree([one, two]), /En zo\.$/);
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
