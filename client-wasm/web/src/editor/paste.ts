// What is pasted, made into what a text here can hold, and what of it got lost.
//
// Why it exists: left alone, the words of neighbouring cells would stand glued together and the mark of a footnote would
// become a digit of an amount; and whoever pastes out of a word processor sees nowhere what did not come along.

import { remakeLists } from "./pastedLists.ts";

/** What a text cannot hold. */
export type Lost = "table" | "image" | "struck" | "raised" | "numbers";

/** Pasted HTML that the text can take, and what that lacks. */
export interface Pasted {
  readonly html: string;
  readonly lost: readonly Lost[];
}

/** Lists as lists, tables as paragraphs, raised and lowered digits as such signs; other looks go by themselves. */
export function takenOver(html: string): Pasted {
  const page = new DOMParser().parseFromString(html, "text/html");
  const lost = new Set<Lost>();
  // First of all: a bullet may be a picture.
  if (!remakeLists(page)) lost.add("numbers");
  if (page.querySelector("img, picture, svg") !== null || /<v:imagedata/i.test(html)) lost.add("image");
  for (const element of page.body.querySelectorAll<HTMLElement>("*")) {
    if (isStruck(element)) lost.add("struck");
    const digits = digitsFor(element);
    if (digits !== null && !keepsDigits(element, digits)) lost.add("raised");
  }
  const tables = [...page.querySelectorAll("table")];
  if (tables.length > 0) lost.add("table");
  // The innermost first: a table in a cell has become paragraphs by the time its own cell is read.
  for (const table of tables.toReversed()) {
    table.replaceWith(...[...table.querySelectorAll("tr")].flatMap((row) => rowBlocks(page, row)));
  }
  return { html: page.body.innerHTML, lost: [...lost] };
}

/** Whether a clipboard or what is dropped holds pictures and nothing that a text can take. */
export function isOnlyImages(data: DataTransfer | null): boolean {
  if (data === null || data.types.some((type) => type.startsWith("text/"))) return false;
  return [...data.files].some(({ type }) => type.startsWith("image/"));
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const LOWERED = "₀₁₂₃₄₅₆₇₈₉";

function digitsFor(element: HTMLElement): string | null {
  const align = element.style.verticalAlign;
  if (element.localName === "sup" || align === "super") return RAISED;
  return element.localName === "sub" || align === "sub" ? LOWERED : null;
}

/** Puts the signs in the place of the digits; answers whether nothing else stood there. */
function keepsDigits(element: HTMLElement, signs: string): boolean {
  const walk = element.ownerDocument.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let keepsAll = true;
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    const words = node.nodeValue ?? "";
    // Signs already stand there where one such element holds another.
    if (![...words].every((letter) => /[\d\s[\]()]/.test(letter) || signs.includes(letter))) keepsAll = false;
    node.nodeValue = words.replace(/\d/g, (digit) => signs[Number(digit)] ?? digit);
  }
  return keepsAll;
}

function isStruck(element: HTMLElement): boolean {
  return ["s", "strike", "del"].includes(element.localName) || /line-through/.test(`${element.style.textDecoration} ${element.style.textDecorationLine}`);
}

function rowBlocks(page: Document, row: HTMLTableRowElement): HTMLElement[] {
  const cells = [...row.cells].map(contentOf).filter((cell) => cell.textContent.trim() !== "");
  if (cells.some((cell) => cell.querySelector(BLOCKS) !== null)) return cells.map((cell) => within(page, "div", [...cell.childNodes]));
  const line = cells.flatMap((cell, index) => (index === 0 ? [...cell.childNodes] : [page.createElement("br"), ...cell.childNodes]));
  return line.length === 0 ? [] : [within(page, "p", line)];
}

const BLOCKS = "p, div, ul, ol, blockquote, h1, h2, h3, h4, h5, h6";

/** What holds the words of a cell: the one paragraph that word processors put in it, or the cell. */
function contentOf(cell: HTMLElement): HTMLElement {
  const [only] = cell.children;
  const wrapped = cell.children.length === 1 && (only instanceof HTMLParagraphElement || only instanceof HTMLDivElement);
  return wrapped && only.textContent.trim() === cell.textContent.trim() ? only : cell;
}

function within(page: Document, name: "p" | "div", nodes: readonly Node[]): HTMLElement {
  const made = page.createElement(name);
  made.append(...nodes);
  return made;
}
