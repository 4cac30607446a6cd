// Pure parts of reading: the tree of chapters in reading order, addresses for headings, what kind of text one reads.
import type { Chapter, TextNode } from "../../api/types.ts";

/** A chapter with its place in the tree. */
export interface PlacedChapter {
  readonly chapter: Chapter;
  /** 0 for a chapter at the top. */
  readonly depth: number;
  readonly children: readonly PlacedChapter[];
}

/** The tree of chapters; `chapters` is in reading order. A chapter whose parent is unknown stands at the top. */
export function treeOf(chapters: readonly Chapter[]): PlacedChapter[] {
  const known = new Set(chapters.map((chapter) => chapter.id));
  const childrenOf = new Map<string, Chapter[]>();
  for (const chapter of chapters) {
    const parent = chapter.parentId !== null && known.has(chapter.parentId) ? chapter.parentId : "";
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), chapter]);
  }
  const place = (parent: string, depth: number): PlacedChapter[] =>
    (childrenOf.get(parent) ?? []).map((chapter) => ({ chapter, depth, children: place(chapter.id, depth + 1) }));
  return place("", 0);
}

/** The states that several chapters are in that one may not read yet: why is said of all of them at once. */
export function notYetTogether(chapters: readonly Chapter[]): Chapter["state"][] {
  const states = chapters.filter(({ mayRead }) => !mayRead).map(({ state }) => state);
  return [...new Set(states.filter((state, at) => states.indexOf(state) !== at))];
}

/** The chapters before and after this one, in reading order. */
export function neighbours(chapters: readonly Chapter[], id: string): { previous: Chapter | undefined; next: Chapter | undefined } {
  const at = chapters.findIndex((chapter) => chapter.id === id);
  return { previous: chapters[at - 1], next: at < 0 ? undefined : chapters[at + 1] };
}

/** A heading of a text. */
export interface TextHeading {
  readonly id: string;
  readonly level: number;
  /** The level it is shown at below the page's own title, without gaps: a screen reader should not miss a level. */
  readonly shownLevel: number;
  readonly title: string;
}

/** The headings of a document in order, with an address each: the n-th heading is `kop-n`. */
export function headingsOf(document: TextNode): TextHeading[] {
  const headings: TextHeading[] = [];
  visit(document, (node) => {
    if (node.type === "heading") {
      const level = node.attrs?.level ?? 1;
      const above = headings.at(-1)?.shownLevel ?? 1;
      headings.push({ id: `kop-${headings.length}`, level, shownLevel: Math.min(level + 1, above + 1), title: wordsOf(node) });
    }
  });
  return headings;
}

/** The words in a node; those of two lines stand apart. */
export function wordsOf(node: TextNode): string {
  if (node.type === "hard_break") return " ";
  return node.text ?? (node.content ?? []).map(wordsOf).join("");
}

/** Whether a document has no words. */
export function isEmpty(document: TextNode): boolean {
  return wordsOf(document).trim() === "";
}

/** An address that may stand behind a link in a text; others are shown as words only. */
export function safeHref(href: string | undefined): string | null {
  if (href === undefined) return null;
  return /^(https?:\/\/|mailto:)/i.test(href.trim()) ? href.trim() : null;
}

/** What one typed as an address, as a link can hold it: "www.voorbeeld.nl" gets its `https://`; `null` for no address. */
export function addressIn(typed: string): string | null {
  const text = typed.trim();
  if (text === "" || /\s/.test(text)) return null;
  if (/^[^@:/]+@[^@:/]+\.[^@:/]+$/.test(text)) return `mailto:${text}`;
  if (/^mailto:[^@]+@[^@]+$/i.test(text)) return text;
  const whole = /^[a-z][a-z\d+.-]*:(?!\d)/i.test(text) ? text : `https://${text}`;
  if (!/^https?:\/\//i.test(whole) || !URL.canParse(whole)) return null;
  const { hostname } = new URL(whole);
  return /^[^.]+(\.[^.]+)+$|^localhost$|^\[/.test(hostname) ? whole : null;
}

/** The part of a document under the one heading with a title, up to the next that is not below it; null for none or several. */
export function sectionOf(document: TextNode, title: string): TextNode | null {
  const nodes = document.content ?? [];
  const found = nodes.flatMap((node, at) => (node.type === "heading" && wordsOf(node).trim() === title.trim() ? [at] : []));
  const [start] = found;
  if (start === undefined || found.length > 1) return null;
  const level = levelOf(nodes[start]);
  const ends = nodes.slice(start + 1).findIndex((node) => node.type === "heading" && levelOf(node) <= level);
  return { ...document, content: nodes.slice(start, ends < 0 ? undefined : start + 1 + ends) };
}

function levelOf(heading: TextNode | undefined): number {
  return heading?.attrs?.level ?? 1;
}

/** A position of the plan as it stands in an address; undefined for anything else. */
export function positionIn(given: string | null): number | undefined {
  return given !== null && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

function visit(node: TextNode, each: (node: TextNode) => void): void {
  each(node);
  for (const child of node.content ?? []) visit(child, each);
}
