// The tree keeps reading order and loses no chapter; headings are addressed; only safe links are links.
import { expect, test } from "vitest";
import type { Chapter, TextNode } from "../../api/types.ts";
import { addressIn, headingsOf, isEmpty, neighbours, notYetTogether, positionIn, safeHref, sectionOf, treeOf, wordsOf } from "./reading.ts";

function chapter(id: string, parentId: string | null): Chapter {
  return {
    id,
    parentId,
    title: id,
    state: "drafting",
    team: [],
    lastEdited: null,
    version: null,
    revision: 0,
    teamId: null,
    mayRead: true,
    mayWrite: false,
    mayOpenText: false,
    automergeUrl: null,
    mayRestore: false,
    mayReadHistory: true,
    mayChangeStateTo: [],
  };
}

test("why one may not read chapters yet is said once where it holds for several", () => {
  const closed = (["reading", "drafting", "reading", "reading"] as const).map((state) => ({ ...chapter(state, null), state, mayRead: false }));
  const open = (["frozen", "frozen"] as const).map((state) => ({ ...chapter(state, null), state }));
  expect(notYetTogether([...closed, ...open])).toEqual(["reading"]);
});

test("chapters under a chapter stand under it, in reading order", () => {
  const tree = treeOf([chapter("a", null), chapter("a1", "a"), chapter("a2", "a"), chapter("b", null)]);
  expect(tree.map((each) => each.chapter.id)).toEqual(["a", "b"]);
  expect(tree[0]?.children.map((each) => [each.chapter.id, each.depth])).toEqual([["a1", 1], ["a2", 1]]);
});

test("a chapter whose parent one may not see is not lost", () => {
  expect(treeOf([chapter("x", "hidden")]).map((each) => each.chapter.id)).toEqual(["x"]);
});

test("neighbours follow reading order", () => {
  const chapters = [chapter("a", null), chapter("b", null), chapter("c", null)];
  const { previous, next } = neighbours(chapters, "b");
  expect([previous?.id, next?.id]).toEqual(["a", "c"]);
  expect(neighbours(chapters, "a").previous).toBeUndefined();
  expect(neighbours(chapters, "unknown").next).toBeUndefined();
});

const text = (words: string): TextNode => ({ type: "text", text: words });

test("headings are numbered, also inside quotes", () => {
  const document: TextNode = {
    type: "doc",
    content: [
      { type: "heading", attrs: { level: 2 }, content: [text("Zorg "), text("dichtbij")] },
      { type: "blockquote", content: [{ type: "heading", attrs: { level: 3 }, content: [text("Stem")] }] },
    ],
  };
  expect(headingsOf(document)).toEqual([
    { id: "kop-0", level: 2, shownLevel: 2, title: "Zorg dichtbij" },
    { id: "kop-1", level: 3, shownLevel: 3, title: "Stem" },
  ]);
  expect(isEmpty(document)).toBe(false);
  expect(isEmpty({ type: "doc", content: [{ type: "paragraph" }] })).toBe(true);
});

test("a script is not a link", () => {
  expect(safeHref("https://www.example.nl")).toBe("https://www.example.nl");
  expect(safeHref("mailto:a@example.nl")).toBe("mailto:a@example.nl");
  expect(safeHref("javascript:alert(1)")).toBeNull();
  expect(safeHref(undefined)).toBeNull();
});

test("an address as people type it becomes one a link can hold", () => {
  expect(addressIn(" www.voorbeeld.nl ")).toBe("https://www.voorbeeld.nl");
  expect(addressIn("voorbeeld.nl:8080/pad?a=b")).toBe("https://voorbeeld.nl:8080/pad?a=b");
  expect(addressIn("http://voorbeeld.nl")).toBe("http://voorbeeld.nl");
  expect(addressIn("iemand@voorbeeld.nl")).toBe("mailto:iemand@voorbeeld.nl");
  expect(addressIn("mailto:iemand@voorbeeld.nl")).toBe("mailto:iemand@voorbeeld.nl");
  for (const bad of ["", "https://", "zomaar wat", "zomaar", "javascript:alert(1)", "data:text/html,x", "https://.nl", "mailto:"]) {
    expect([bad, addressIn(bad)]).toEqual([bad, null]);
  }
});

const heading = (level: 1 | 2 | 3, words: string): TextNode => ({ type: "heading", attrs: { level }, content: [text(words)] });
const paragraph = (words: string): TextNode => ({ type: "paragraph", content: [text(words)] });

test("a section goes on to the next heading that is not below its own", () => {
  const content = [heading(2, "Geld"), paragraph("een"), heading(3, "Later"), paragraph("twee"), heading(2, "Wie"), paragraph("drie"), heading(3, "Dubbel"), heading(3, "Dubbel")];
  const words = (title: string) => sectionOf({ type: "doc", content }, title)?.content?.map(wordsOf);
  expect(words("Geld")).toEqual(["Geld", "een", "Later", "twee"]);
  expect(words("Later")).toEqual(["Later", "twee"]);
  expect(words("Wie")).toEqual(["Wie", "drie", "Dubbel", "Dubbel"]);
  expect([words("Dubbel"), words("Nergens"), sectionOf({ type: "doc" }, "Geld")]).toEqual([undefined, undefined, null]);
});

test("only a whole number in an address is a position", () => {
  expect(["0", "42", null, "", "-1", "1e3", "4 2", "9".repeat(16)].map(positionIn)).toEqual([0, 42, undefined, undefined, undefined, undefined, undefined, undefined]);
});

test("words of two lines stand apart", () => {
  expect(wordsOf({ type: "heading", content: [text("Zorg"), { type: "hard_break" }, text("thuis")] })).toBe("Zorg thuis");
});
