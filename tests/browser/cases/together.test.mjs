// Two people type at one place, or where another one takes the text away: the words of each stay together.
//
// Why it exists: whose cursor stands where is known to the page, in which order letters stand to the changes; only both
// together, under way between two machines, show whether somebody's words run into somebody else's.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { person, startBrowser } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let bram;
let editors;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, server, who)));
  const writable = new Set(bram.plan.chapters.filter((chapter) => chapter.mayWrite).map((chapter) => chapter.id));
  const shared = anna.plan.chapters.find((chapter) => chapter.mayWrite && writable.has(chapter.id));
  editors = await Promise.all([openChapter(anna.page, anna.plan, shared), openChapter(bram.page, bram.plan, shared)]);
  await agree(editors);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** New paragraphs at the end of the chapter, out of whatever list or quote it ends in. */
async function paragraphs(...lines) {
  const [one] = editors;
  await one.toEnd();
  for (let times = 0; times < 3; times += 1) await one.press("Enter");
  for (const [number, line] of lines.entries()) {
    if (number > 0) await one.press("Enter");
    await one.type(line);
  }
  await agree(editors);
  await one.saved();
}

/** The line in which words stand, in both editors alike. */
async function lineWith(words) {
  const lines = (await agree(editors)).split("\n");
  const found = lines.find((line) => line.includes(words));
  assert.ok(found, `"${words}" stand together in:\n${lines.join("\n")}`);
  return found;
}

for (const [mine, theirs] of [[60, 60], [150, 170], [30, 45]]) {
  test(`both at the end of one paragraph, a key in ${mine} and in ${theirs} ms`, async () => {
    const [one, two] = editors;
    const start = `Samen ${mine} ${theirs}.`;
    await paragraphs(start);
    await Promise.all(editors.map((editor) => editor.after(start)));
    const [sanne, joris] = [" Dat scheelt veel onrust.", " Ook in het weekend telt dat."];
    await Promise.all([one.type(sanne, { delay: mine }), two.type(joris, { delay: theirs })]);
    await Promise.all(editors.map((editor) => editor.saved()));
    const line = await lineWith(start);
    assert.ok(line === start + sanne + joris || line === start + joris + sanne, line);
  });
}

/** Selects from before the first words up to behind the last ones, as with the mouse. */
async function select(editor, first, last) {
  await editor.field.evaluate(
    (field, [first, last]) => {
      const nodeWith = (words) => {
        const walk = document.createTreeWalker(field, NodeFilter.SHOW_TEXT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const at = (node.textContent ?? "").indexOf(words);
          if (at >= 0 && !node.parentElement?.closest(".cursor")) return [node, at];
        }
        throw new Error(`the text does not hold "${words}"`);
      };
      field.focus();
      const [start, from] = nodeWith(first);
      const [end, to] = nodeWith(last);
      getSelection()?.setBaseAndExtent(start, from, end, to + last.length);
    },
    [first, last],
  );
  await editor.page.waitForTimeout(150);
}

test("in a paragraph that another one deletes with its section", async () => {
  const [one, two] = editors;
  await paragraphs("## Een nummer in de nacht", "Wie belt krijgt een arts aan de lijn.", "Ook de wijk doet mee.", "## Wat het vraagt", "Geld en tijd.");
  await select(two, "Een nummer in de nacht", "Ook de wijk doet mee.");
  await one.after("krijgt een arts");
  await Promise.all([
    one.type(" (en welke huisarts) die", { delay: 60 }),
    two.page.waitForTimeout(600).then(() => two.press("Delete")),
  ]);
  await Promise.all(editors.map((editor) => editor.saved()));
  const lines = (await agree(editors)).split("\n");
  const line = lines.find((each) => each.includes("huisarts) die"));
  assert.ok(line !== undefined && " (en welke huisarts) die".endsWith(line), `what was typed stands alone and together: ${lines.slice(-6).join("\n")}`);
  assert.ok(lines.includes("Wat het vraagt"), lines.join("\n"));
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
