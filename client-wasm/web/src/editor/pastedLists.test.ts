// Lists of a word processor: what its signs and styles say, and how lines that each name their depth stand under one another.
// That real pages of such programs come out whole is tried in a browser (`tests/browser/cases/pasted-lists.test.mjs`).
import { expect, test } from "vitest";
import { type Item, type Line, type List, type Mark, markOf, nested, placeInWord } from "./pastedLists.ts";

const BULLET: Mark = { kind: "bullet", isFirst: true };
const FIRST: Mark = { kind: "ordered", isFirst: true };
const LATER: Mark = { kind: "ordered", isFirst: false };

function line(level: number, content: string, mark: Mark = BULLET, list = "l0"): Line<string> {
  return { level, mark, list, content };
}

/** "ul(een ol(twee))": a list with its kind, what an item holds behind it. */
function drawn(lists: readonly List<string>[]): string {
  return lists.map(({ kind, items }) => `${kind === "ordered" ? "ol" : "ul"}(${items.map(drawnItem).join(", ")})`).join(" ");
}

function drawnItem({ content, lists }: Item<string>): string {
  return lists.length > 0 ? `${content} ${drawn(lists)}` : content;
}

function draw(...lines: Line<string>[]): string {
  return drawn(nested(lines).lists);
}

test.each(["·", "o", "§", "-", "–", "•", "Ø", "v", "q", ""])("%s before a line is a bullet", (sign) => {
  expect(markOf(sign)).toEqual(BULLET);
});

test.each(["1.", "1", "(1)", "1)", "a.", "a)", "A.", "i.", "I)", "1.1", "1.1.", "Artikel 1"])("%s before a line is the first number", (sign) => {
  expect(markOf(sign)).toEqual(FIRST);
});

test.each(["2.", "11.", "21)", "b.", "iv.", "1.2", "10"])("%s before a line is a later number", (sign) => {
  expect(markOf(sign)).toEqual(LATER);
});

test("Word says in the style of a line how deep it stands and in which list", () => {
  expect(placeInWord("margin-left:72.0pt;text-indent:-18.0pt;\nmso-list:\nl3 level2 lfo1;tab-stops:list 36pt")).toEqual({ list: "l3", level: 2 });
  expect(placeInWord("mso-list:Ignore")).toBeNull();
  expect(placeInWord("mso-list:none")).toBeNull();
  expect(placeInWord("text-indent:0cm")).toBeNull();
});

test("lines stand under the line before them that is less deep", () => {
  expect(draw(line(1, "een"), line(2, "twee"), line(2, "drie"), line(3, "vier"), line(1, "vijf"))).toBe("ul(een ul(twee, drie ul(vier)), vijf)");
});

test("a list in a list has a kind of its own, and goes on after what stands deeper", () => {
  expect(draw(line(1, "een", FIRST), line(2, "twee", BULLET), line(1, "drie", LATER))).toBe("ol(een ul(twee), drie)");
  expect(draw(line(1, "een"), line(2, "twee"), line(2, "drie", FIRST))).toBe("ul(een ul(twee) ol(drie))");
});

test("no depth is left out: what is two deeper is one list deeper, and what comes back between stands beside it", () => {
  expect(draw(line(1, "een"), line(3, "twee"), line(2, "drie"), line(1, "vier"))).toBe("ul(een ul(twee, drie), vier)");
  expect(draw(line(3, "een"), line(2, "twee"), line(3, "drie"))).toBe("ul(een, twee ul(drie))");
});

test("two lists are two, be it of one kind", () => {
  expect(draw(line(1, "een", FIRST), line(1, "twee", FIRST, "l1"))).toBe("ol(een) ol(twee)");
});

test("a list that does not begin at the first number is said to", () => {
  expect(nested([line(1, "een", FIRST), line(1, "twee", LATER)]).countAlike).toBe(true);
  expect(nested([line(1, "drie", LATER)]).countAlike).toBe(false);
  expect(nested([line(1, "een", FIRST), line(1, "los", BULLET), line(1, "twee", LATER)]).countAlike).toBe(false);
});
