// Lists pasted out of Word, Word on the web, Google Docs and Outlook become lists of the text, with their depth and kind.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { DESK, PHONE, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let team;
let editor;
let chapter;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, team] = await Promise.all(["writer", "programme"].map((who) => person(browser, server, who)));
});

beforeEach(async () => {
  const { teamId } = anna.plan.chapters.find((each) => each.mayWrite);
  const { id } = await team.plan.post("/chapters", { title: "Met lijsten", teamId });
  chapter = await anna.plan.get(`/chapters/${id}`);
  editor = await openChapter(anna.page, anna.plan, chapter);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Pastes a page and answers the lines that stand there then, each with what it stands in. */
async function shownAfter(html) {
  await editor.field.focus();
  await editor.paste(html, { type: "text/html" });
  await editor.saved();
  const shown = await editor.field.evaluate((field) =>
    [...field.querySelectorAll("p, h1, h2, h3")].map((block) => {
      const above = [];
      for (let each = block; each !== field; each = each.parentElement) if (each.localName !== "li") above.unshift(each.localName);
      return `${above.join(">")}: ${block.textContent}`;
    }),
  );
  const { document } = await anna.plan.get(`/chapters/${chapter.id}/text`);
  assert.deepEqual(shown, linesOf(document, []), "the server holds what is shown");
  return shown;
}

/** The same of the text that the server has. */
function linesOf(node, above) {
  const names = { bullet_list: ["ul"], ordered_list: ["ol"], paragraph: ["p"], heading: [`h${node.attrs?.level}`] };
  const within = [...above, ...(names[node.type] ?? [])];
  if (node.type === "paragraph" || node.type === "heading") return [`${within.join(">")}: ${(node.content ?? []).map(({ text }) => text).join("")}`];
  return node.content.flatMap((each) => linesOf(each, within));
}

test("after a long paste the line one goes on in is in sight, above the bar of a phone too", async () => {
  const { page } = anna;
  for (const viewport of [DESK, PHONE]) {
    await page.setViewportSize(viewport);
    await editor.toEnd();
    await shownAfter(Array.from({ length: 40 }, (_, line) => `<p>Regel ${line}</p>`).join(""));
    const { line, top, bottom } = await page.evaluate(() => {
      const { focusNode } = getSelection();
      const place = (focusNode.nodeType === Node.TEXT_NODE ? focusNode.parentElement : focusNode).getBoundingClientRect();
      const ways = document.querySelector(".ways").getBoundingClientRect();
      const isBelow = getComputedStyle(document.querySelector(".ways")).position === "fixed" && ways.height > 0;
      return { line: place, top: document.querySelector(".desk__top").getBoundingClientRect().bottom, bottom: isBelow ? ways.top : window.innerHeight };
    });
    assert.ok(line.top >= top && line.bottom <= bottom - 40, `${line.top}–${line.bottom} between ${top} and ${bottom}, with room for the next line`);
  }
  await page.setViewportSize(DESK);
});

const notTaken = () => anna.page.getByRole("status").filter({ hasText: "Niet overgenomen" });

const SPACES = "&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; ";

/** A line as Word puts it on the clipboard: the sign as words, and its place in a style that only Word knows. */
function wordLine({ level, list = "l0", sign, font = "Symbol", words, position = "Middle" }) {
  return `<p class=MsoListParagraphCxSp${position} style='margin-left:${level * 36}.0pt;mso-add-space:auto;text-indent:-18.0pt;
mso-list:${list} level${level} lfo1'><![if !supportLists]><span style='font-family:${font};mso-fareast-font-family:${font};
mso-bidi-font-family:${font}'><span style='mso-list:Ignore'>${sign}<span style='font:7.0pt "Times New Roman"'>${SPACES}</span></span></span><![endif]>${words}<o:p></o:p></p>\n\n`;
}

function wordPage(body) {
  return `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=ProgId content=Word.Document><meta name=Generator content="Microsoft Word 15">
<style><!-- /* List Definitions */ @list l0 {mso-list-id:1216242151;mso-list-type:hybrid;} @list l0:level1 {mso-level-number-format:bullet;mso-level-text:\\F0B7;} --></style></head>
<body lang=NL style='tab-interval:36.0pt;word-wrap:break-word'><!--StartFragment-->\n\n${body}<!--EndFragment--></body></html>`;
}

test("bullets and numbers of Word, with lists in lists, and a further paragraph of an item", async () => {
  const shown = await shownAfter(
    wordPage(
      "<p class=MsoNormal>Wat we doen:<o:p></o:p></p>\n\n" +
        wordLine({ level: 1, sign: "·", words: "Zorg <b>thuis</b>", position: "First" }) +
        wordLine({ level: 2, sign: "o", font: '"Courier New"', words: "met nachtzorg" }) +
        wordLine({ level: 3, sign: "§", font: "Wingdings", words: "ook in het weekend" }) +
        wordLine({ level: 1, sign: "·", words: "Zorg in de wijk" }) +
        "<p class=MsoListParagraphCxSpLast style='margin-left:36.0pt'>Dichtbij iedereen.<o:p></o:p></p>\n\n" +
        "<p class=MsoNormal>In deze volgorde:<o:p></o:p></p>\n\n" +
        wordLine({ level: 1, list: "l1", sign: "1.", words: "Eerst praten", position: "First" }) +
        wordLine({ level: 2, list: "l1", sign: "a.", words: "met bewoners" }) +
        wordLine({ level: 1, list: "l1", sign: "2.", words: "Dan doen", position: "Last" }) +
        "<p class=MsoNormal>Einde.<o:p></o:p></p>",
    ),
  );
  assert.deepEqual(shown, [
    "p: Wat we doen:",
    "ul>p: Zorg thuis",
    "ul>ul>p: met nachtzorg",
    "ul>ul>ul>p: ook in het weekend",
    "ul>p: Zorg in de wijk",
    "ul>p: Dichtbij iedereen.",
    "p: In deze volgorde:",
    "ol>p: Eerst praten",
    "ol>ol>p: met bewoners",
    "ol>p: Dan doen",
    "p: Einde.",
  ]);
  assert.equal(await editor.field.locator("strong").innerText(), "thuis");
  assert.equal(await notTaken().count(), 0, "all of it was taken over");
  await picture(anna.page, "lists-from-word");
});

test("a list of Word that counts on, in a cell of a table, and a numbered heading", async () => {
  const shown = await shownAfter(
    wordPage(
      `<h2 style='margin-left:18.0pt;mso-list:l2 level1 lfo3'><!--[if !supportLists]--><span style='mso-list:Ignore'>3.<span style='font:7.0pt'>${SPACES}</span></span><!--[endif]-->Aanpak</h2>` +
        `<table><tr><td>${wordLine({ level: 1, sign: "4.", font: "Calibri", words: "Vier" })}${wordLine({ level: 1, sign: "5.", font: "Calibri", words: "Vijf" })}</td></tr></table>`,
    ),
  );
  assert.deepEqual(shown, ["h2: 3. Aanpak", "ol>p: Vier", "ol>p: Vijf"]);
  assert.equal(await notTaken().innerText(), "Niet overgenomen: de nummers van een lijst (elke lijst telt hier vanaf 1) en een tabel (de woorden staan er als regels).");
});

test("Word on the web: every item is a list of its own that says how deep it stands", async () => {
  const item = (kind, level, words, start = 1) =>
    `<div class="ListContainerWrapper SCXW1 BCX0" style="position:relative"><${kind} class="BulletListStyle1 SCXW1 BCX0" role="list" start="${start}"><li aria-setsize="-1" data-leveltext="" data-font="Symbol" data-listid="${kind === "ol" ? 2 : 1}" data-aria-posinset="${start}" data-aria-level="${level}" role="listitem" class="OutlineElement Ltr SCXW1 BCX0"><p class="Paragraph SCXW1 BCX0" paraid="1"><span lang="NL-NL" class="TextRun SCXW1 BCX0"><span class="NormalTextRun SCXW1 BCX0">${words}</span></span><span class="EOP SCXW1 BCX0">&nbsp;</span></p></li></${kind}></div>`;
  const shown = await shownAfter(
    `<div class="OutlineElement Ltr SCXW1 BCX0"><p class="Paragraph SCXW1 BCX0"><span class="TextRun"><span class="NormalTextRun">Wat we doen:</span></span><span class="EOP">&nbsp;</span></p></div>` +
      item("ul", 1, "Zorg thuis") +
      item("ul", 2, "met nachtzorg") +
      item("ul", 1, "Zorg in de wijk") +
      item("ol", 1, "Eerst praten") +
      item("ol", 1, "Dan doen", 2),
  );
  assert.deepEqual(shown, ["p: Wat we doen:", "ul>p: Zorg thuis", "ul>ul>p: met nachtzorg", "ul>p: Zorg in de wijk", "ol>p: Eerst praten", "ol>p: Dan doen"]);
  assert.equal(await notTaken().count(), 0);
});

test("Google Docs: lists right under lists, all in a bold that is not bold", async () => {
  const item = (level, words) =>
    `<li dir="ltr" style="list-style-type:disc;font-size:11pt;font-weight:400" aria-level="${level}"><p dir="ltr" style="line-height:1.38;margin-top:0pt" role="presentation"><span style="font-size:11pt;font-weight:400">${words}</span></p></li>`;
  const shown = await shownAfter(
    `<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-0f4"><p dir="ltr"><span style="font-weight:400">Wat we doen:</span></p><ul style="margin-top:0">${item(1, "Zorg thuis")}<ul>${item(2, "met nachtzorg")}</ul>${item(1, "Zorg in de wijk")}</ul><ol>${item(1, "Eerst praten")}<ol>${item(2, "met bewoners")}</ol></ol></b>`,
  );
  assert.deepEqual(shown, ["p: Wat we doen:", "ul>p: Zorg thuis", "ul>ul>p: met nachtzorg", "ul>p: Zorg in de wijk", "ol>p: Eerst praten", "ol>ol>p: met bewoners"]);
  assert.equal(await editor.field.locator("strong").count(), 0);
});

test("Outlook: real lists with Word's styles stay the lists they are", async () => {
  const item = (level, words) => `<li class=MsoListParagraph style='margin-left:0cm;mso-list:l0 level${level} lfo1'>${words}<o:p></o:p></li>`;
  const shown = await shownAfter(wordPage(`<ul style='margin-top:0cm' type=disc>${item(1, "Zorg thuis")}<ul type=circle>${item(2, "met nachtzorg")}</ul>${item(1, "Zorg in de wijk")}</ul>`));
  assert.deepEqual(shown, ["ul>p: Zorg thuis", "ul>ul>p: met nachtzorg", "ul>p: Zorg in de wijk"]);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual(anna.faults, []);
});
