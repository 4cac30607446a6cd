// Documents for tests, from a seed, so that a failing one can be had again.
import { Fragment, type Node } from "prosemirror-model";
import { schema } from "./schema.ts";
import { Transform } from "prosemirror-transform";

/** Numbers from 0 up to, not including, 1: xorshift32. */
export type Random = () => number;

export function random(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

export function doc(...blocks: Node[]): Node {
  return schema.node("doc", null, blocks);
}

export function paragraph(text: string): Node {
  return schema.node("paragraph", null, text === "" ? [] : [schema.text(text)]);
}

const words = ["zorg", " ", "🏠", "e\u0301", "שלום", "a", "a", "a", "regio "];

export function pick<T>(next: Random, from: readonly T[]): T {
  return from[Math.floor(next() * from.length)] as T;
}

export function anyDocument(next: Random): Node {
  return doc(...many(next, 1, 4).map(() => anyBlock(next, 0)));
}

/** The document after up to three edits as a person makes them. */
export function editedAtRandom(before: Node, next: Random, letter: () => string = () => pick(next, words)): Node {
  const transform = new Transform(before);
  for (const _ of many(next, 1, 3)) edit(transform, next, letter());
  return transform.doc;
}

function edit(transform: Transform, next: Random, letter: string): void {
  const blocks: number[] = [];
  transform.doc.descendants((node, pos) => {
    if (node.isTextblock) blocks.push(pos);
    return !node.isTextblock;
  });
  const at = pick(next, blocks);
  const node = transform.doc.nodeAt(at) as Node;
  const pos = at + 1 + pick(next, boundaries(node));
  const act = next();
  if (act < 0.5) transform.insert(pos, schema.text(letter));
  else if (act < 0.7) transform.delete(pos, Math.max(pos, at + 1 + pick(next, boundaries(node))));
  else if (act < 0.85) transform.split(pos);
  else if (act < 0.95) transform.addMark(at + 1, at + 1 + node.content.size, schema.marks.strong.create());
  else transform.setBlockType(at, at + 1, schema.nodes.paragraph);
}

/** Offsets in a text block that split no surrogate pair. */
function boundaries(block: Node): number[] {
  const text = block.textBetween(0, block.content.size, "", "\n");
  return [...text].reduce((found, letter) => [...found, (found.at(-1) ?? 0) + letter.length], [0]);
}

function anyBlock(next: Random, depth: number): Node {
  const kind = depth > 2 ? 0 : next();
  if (kind < 0.5) return schema.node("paragraph", null, inline(next));
  if (kind < 0.65) return schema.node("heading", { level: 1 + Math.floor(next() * 4) }, inline(next));
  const parts = () => [
    schema.node("paragraph", null, inline(next)),
    ...many(next, 0, 2).map(() => anyBlock(next, depth + 1)),
  ];
  if (kind < 0.75) return schema.node("blockquote", null, parts());
  const list = kind < 0.9 ? "bullet_list" : "ordered_list";
  return schema.node(list, null, many(next, 1, 3).map(() => schema.node("list_item", null, parts())));
}

function inline(next: Random): Fragment {
  const parts = many(next, 0, 3).map(() => {
    if (next() < 0.1) return schema.node("hard_break");
    const marks = next() < 0.3 ? [schema.mark(next() < 0.5 ? "strong" : "em")] : [];
    return schema.text(many(next, 1, 3).map(() => pick(next, words)).join(""), marks);
  });
  return Fragment.fromArray(parts.reduce<Node[]>(joined, []));
}

function joined(done: Node[], part: Node): Node[] {
  const before = done.at(-1);
  if (before?.isText === true && part.isText && before.sameMarkup(part)) {
    return [...done.slice(0, -1), schema.text(`${before.text}${part.text}`, part.marks)];
  }
  return [...done, part];
}

function many(next: Random, least: number, most: number): undefined[] {
  return Array.from({ length: least + Math.floor(next() * (most - least + 1)) });
}
