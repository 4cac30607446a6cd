// The lists of what is pasted out of a word processor, made into lists as a text here has them.
//
// Why it exists: Word writes no lists but paragraphs that each say how deep they stand and hold their own "·", "o" or "1." as
// words; its pages on the web write every item as a list of its own. Pasted as they are, such marks stand in the text as words.

/** One line of a list, before it is known what it stands under. */
export interface Line<Content> {
  /** From one, as its maker counts. */
  readonly level: number;
  readonly mark: Mark;
  /** Lines of two lists are not one list, also where they follow each other. */
  readonly list: string;
  readonly content: Content;
}

export interface Mark {
  readonly kind: "bullet" | "ordered";
  /** Whether a list may begin with it: a bullet, or the number that is the first. */
  readonly isFirst: boolean;
}

export interface List<Content> {
  readonly kind: Mark["kind"];
  readonly items: Item<Content>[];
}

export interface Item<Content> {
  readonly content: Content;
  readonly lists: List<Content>[];
}

/** The lists that the lines make, and whether all of them begin at the first number, as every list here does. */
export function nested<Content>(lines: readonly Line<Content>[]): { lists: List<Content>[]; countAlike: boolean } {
  const lists: List<Content>[] = [];
  const open: { list: List<Content>; of: string; level: number }[] = [];
  let countAlike = true;
  for (const { level, mark, list: of, content } of lines) {
    while ((open.at(-2)?.level ?? 0) >= level) open.pop();
    const last = open.at(-1);
    const item = { content, lists: [] };
    if (last !== undefined && last.level >= level && last.list.kind === mark.kind && last.of === of) {
      last.list.items.push(item);
      // What began deeper than what follows it stands beside that: there is nothing it could stand under.
      last.level = level;
      continue;
    }
    if (last !== undefined && last.level >= level) open.pop();
    const list = { kind: mark.kind, items: [item] };
    (open.at(-1)?.list.items.at(-1)?.lists ?? lists).push(list);
    open.push({ list, of, level });
    countAlike &&= mark.isFirst;
  }
  return { lists, countAlike };
}

/** What the sign before a line says: "·" and a bare "o" are bullets, what holds a digit and "a." or "iv)" count. */
export function markOf(sign: string): Mark {
  if (!/\d|^[([]?([a-z]|[ivxlcdm]+)[.)\]:]$/i.test(sign)) return { kind: "bullet", isFirst: true };
  return { kind: "ordered", isFirst: /(^|\D)1\D*$|^\W*[ai]\W*$/i.test(sign) };
}

/** How deep Word says that a line stands and in which list; null for what is in none. */
export function placeInWord(style: string): { level: number; list: string } | null {
  const [, list, level] = /mso-list:\s*(l\d+)\s+level(\d+)/i.exec(style) ?? [];
  return list === undefined ? null : { list, level: Number(level) };
}

/** Makes the lists of the page such lists; answers whether all of them still count as they did. */
export function remakeLists(page: Document): boolean {
  for (const end of page.querySelectorAll("span.EOP")) end.remove();
  for (const wrapper of page.querySelectorAll(".ListContainerWrapper")) wrapper.replaceWith(...wrapper.childNodes);
  for (const heading of page.querySelectorAll<HTMLElement>("h1, h2, h3, h4, h5, h6")) {
    const sign = placeInWord(styleOf(heading)) === null ? "" : takeSign(heading);
    if (sign !== "") heading.prepend(`${sign} `);
  }
  const parents = new Set([...page.querySelectorAll('p[style*="mso-list"], :is(ul, ol)')].map((element) => element.parentElement));
  let countAlike = true;
  for (const run of [...parents].flatMap((parent) => (parent === null ? [] : runsIn(parent)))) {
    const made = nested(linesOf(run));
    countAlike &&= made.countAlike;
    const place = page.createComment("");
    run[0]?.before(place);
    for (const element of run) element.remove();
    place.replaceWith(...made.lists.map((list) => listElement(page, list)));
  }
  return countAlike && page.querySelector('ol[start]:not([start="1"])') === null;
}

/** Elements beside each other that are lines of lists. */
function runsIn(parent: Element): HTMLElement[][] {
  const runs: HTMLElement[][] = [];
  let run: HTMLElement[] | null = null;
  for (const node of parent.childNodes) {
    if (node instanceof HTMLElement && (isWordLine(node) || isLevelledList(node) || (run !== null && isWithinItem(node)))) {
      if (run === null) runs.push((run = []));
      run.push(node);
    } else if (node instanceof Element || (node instanceof Text && node.data.trim() !== "")) {
      run = null;
    }
  }
  return runs;
}

function isWordLine(element: HTMLElement): boolean {
  return element instanceof HTMLParagraphElement && placeInWord(styleOf(element)) !== null;
}

/** Whether it is an outermost list that says itself how deep its items stand. */
function isLevelledList(element: HTMLElement): boolean {
  return ["ul", "ol"].includes(element.localName) && element.parentElement?.closest("ul, ol") === null && element.querySelector(LEVELLED) !== null;
}

const LEVELLED = "li[aria-level], li[data-aria-level]";

/** Whether it is a further paragraph of the item before it: Word tells by its looks only. */
function isWithinItem(element: HTMLElement): boolean {
  return element.className.startsWith("MsoListParagraph") && !/margin-left:\s*0/i.test(styleOf(element));
}

function linesOf(run: readonly HTMLElement[]): Line<Node[]>[] {
  const lines: Line<Node[]>[] = [];
  for (const [index, element] of run.entries()) {
    const place = placeInWord(styleOf(element));
    if (isLevelledList(element)) {
      lines.push(...[...element.querySelectorAll("li")].map((item) => lineOfItem(item, `${index}`)));
    } else if (place === null) {
      lines.at(-1)?.content.push(element);
    } else {
      lines.push({ ...place, mark: markOf(takeSign(element)), content: [element] });
    }
  }
  return lines;
}

function lineOfItem(item: HTMLLIElement, list: string): Line<Node[]> {
  const parent = item.parentElement;
  const isFirst = parent instanceof HTMLOListElement ? parent.start === 1 && parent.querySelector("li") === item : true;
  return {
    level: Number(item.dataset["ariaLevel"] ?? item.getAttribute("aria-level") ?? depthOf(item)),
    mark: { kind: parent?.localName === "ol" ? "ordered" : "bullet", isFirst },
    list: item.dataset["listid"] ?? list,
    content: [...item.childNodes].filter((node) => !(node instanceof HTMLUListElement || node instanceof HTMLOListElement)),
  };
}

function depthOf(item: Element): number {
  const above = item.parentElement?.closest("li");
  return above ? depthOf(above) + 1 : 1;
}

/** Takes the sign away that stands before a line of Word as words, and gives it. */
function takeSign(line: HTMLElement): string {
  const ignored = [...line.querySelectorAll<HTMLElement>('[style*="mso-list"]')].filter((each) => /mso-list:\s*ignore/i.test(styleOf(each)));
  const nodes = ignored.length > 0 ? ignored : betweenComments(line);
  const sign = nodes.map((node) => node.textContent ?? "").join("");
  for (const node of nodes) node.parentNode?.removeChild(node);
  return sign.trim();
}

/** What Word shows only to programs that do not know its lists. */
function betweenComments(line: HTMLElement): ChildNode[] {
  const nodes = [...line.childNodes];
  const at = (words: string) => nodes.findIndex((node) => node instanceof Comment && node.data.includes(words));
  const from = at("supportLists");
  return from === -1 ? [] : nodes.slice(from + 1, Math.max(at("endif"), from + 1));
}

function styleOf(element: Element): string {
  return element.getAttribute("style") ?? "";
}

function listElement(page: Document, { kind, items }: List<Node[]>): HTMLElement {
  const made = page.createElement(kind === "ordered" ? "ol" : "ul");
  for (const { content, lists } of items) {
    const item = page.createElement("li");
    item.append(...content, ...lists.map((list) => listElement(page, list)));
    made.append(item);
  }
  return made;
}
