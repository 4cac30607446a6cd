// Somebody's own page with `@automerge/prosemirror` shows a chapter with its formatting and writes in it: the conventions
// of the text are those of the automerge world, and the socket keeps them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { person, picture, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";
import { outline, strangersPage } from "../harness/stranger.mjs";

const PASTED =
  "<h2>Wat we willen</h2>" +
  '<p>Zorg <strong>dichtbij</strong> en <em>samen</em>, zie <a href="https://www.voorbeeld.nl/plan">het plan</a>.</p>' +
  "<ul><li><p>thuis</p><ul><li><p>met nachtzorg</p></li></ul></li><li><p>in de wijk</p></li></ul>" +
  "<ol><li><p>eerst</p></li><li><p>dan <strong><em>echt</em></strong></p></li></ol>" +
  "<blockquote><p>Niemand valt buiten de boot.</p></blockquote>" +
  "<p>Einde.</p>";

const SHOWN = [
  "h2: Wat we willen",
  "p: Zorg |strong:dichtbij| en |em:samen|, zie |a https://www.voorbeeld.nl/plan:het plan|.",
  "ul>li>p: thuis",
  "ul>li>ul>li>p: met nachtzorg",
  "ul>li>p: in de wijk",
  "ol>li>p: eerst",
  "ol>li>p: dan |em strong:echt|",
  "blockquote>p: Niemand valt buiten de boot.",
  "p: Einde.",
];

let server;
let browser;
let strangers;
let anna;
let team;
let chapter;
let editor;

before(async () => {
  [server, browser, strangers] = await Promise.all([Server.started(), startBrowser(), strangersPage()]);
  [anna, team] = await Promise.all(["writer", "programme"].map((who) => person(browser, server, who)));
  const { teamId } = anna.plan.chapters.find((each) => each.mayWrite);
  const { id } = await team.plan.post("/chapters", { title: "Met een eigen programma", teamId });
  chapter = await anna.plan.get(`/chapters/${id}`);
  editor = await openChapter(anna.page, anna.plan, chapter);
  await editor.field.focus();
  await editor.paste(PASTED, { type: "text/html" });
  await editor.saved();
});

after(async () => {
  await browser?.close();
  await strangers?.stop();
  await server?.stop();
});

/** Anna's own program, in a browser that knows nothing of her session. */
async function stranger(scope) {
  const headers = { Origin: anna.plan.url };
  const answer = await anna.page.request.post(`${anna.plan.url}/api/v1/access-tokens`, { data: { name: "Eigen pagina", scope, days: 1 }, headers });
  assert.ok(answer.ok(), await answer.text());
  const { token } = await answer.json();
  const context = await browser.newContext();
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  const socket = `${server.url.replace(/^http/, "ws")}/sync/automerge-repo?token=${token}`;
  await page.goto(strangers.address(socket, chapter.automergeUrl));
  const field = page.locator("#editor .ProseMirror");
  await field.waitFor();
  return { context, page, field, faults };
}

/** Waits until both fields show these lines. */
async function bothShow(lines, other) {
  let seen = [];
  for (const field of [other.field, editor.field]) {
    await until(
      "both show the same",
      async () => {
        seen = await outline(field);
        return JSON.stringify(seen) === JSON.stringify(lines);
      },
      { ms: 20_000 },
    ).catch((error) => assert.deepEqual(seen, lines, error.message));
  }
}

test("a stranger's editor shows headings, marks, links, nested lists and quotes as they are", async () => {
  const other = await stranger("write");
  await bothShow(SHOWN, other);
  await picture(other.page, "stranger-editor");
  // Whoever has the chapter open sees that a program is there, and whose.
  const here = anna.page.getByRole("region", { name: "Nu in dit hoofdstuk" });
  const program = here.getByText(/^\S.* via Eigen pagina$/);
  await program.waitFor();
  await picture(anna.page, "program-is-here");
  assert.deepEqual(other.faults, []);
  await other.context.close();
  await program.waitFor({ state: "detached" });
});

test("what is typed in either editor stands in the other, with its formatting", async () => {
  const other = await stranger("write");
  await bothShow(SHOWN, other);
  // There: behind the last word, bold.
  await other.field.click();
  await other.page.keyboard.press("Control+End");
  await other.page.keyboard.type(" Bijna");
  await other.page.keyboard.press("Control+b");
  await other.page.keyboard.type(" klaar");
  const later = [...SHOWN.slice(0, -1), "p: Einde. Bijna|strong: klaar|"];
  await bothShow(later, other);
  // Here: in a nested list, while the other looks.
  await editor.after("met nachtzorg");
  await editor.type(" dichtbij");
  const last = later.map((line) => (line.endsWith("met nachtzorg") ? `${line} dichtbij` : line));
  await bothShow(last, other);
  // Both at once, at either end.
  await editor.after("Wat we willen");
  await Promise.all([editor.type(" in 2030"), other.page.keyboard.type(", echt")]);
  const both = last.map((line) => line.replace("willen", "willen in 2030").replace("klaar|", "klaar, echt|"));
  await bothShow(both, other);
  // Who brought it is told to everybody.
  const { blocks } = await anna.plan.get(`/chapters/${chapter.id}/blame`);
  const sources = new Set(blocks.flatMap(({ runs }) => runs.map(({ written }) => written.source)));
  assert.deepEqual([...sources].toSorted(), ["brought", "writer"]);
  assert.deepEqual(other.faults, []);
  await other.context.close();
});

test("a page with a code that reads shows the text and brings nothing in", async () => {
  const other = await stranger("read");
  const before = await outline(editor.field);
  await bothShow(before, other);
  await other.field.click();
  await other.page.keyboard.press("Control+End");
  await other.page.keyboard.type(" niet van hier");
  await editor.after("Zorg");
  await editor.type(" en welzijn");
  await until("it follows", async () => (await outline(other.field)).some((line) => line.includes("Zorg en welzijn")), { ms: 20_000 });
  assert.ok((await outline(editor.field)).every((line) => !line.includes("niet van hier")));
  await other.context.close();
});
