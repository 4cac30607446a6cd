// Which letters and blocks of a document stand in another one, as the core tells it.
//
// Why it exists: two texts do not say which of equal letters is which, nor that a letter stands in another block now.
// The changes know, so the core says it: as stretches of units, one for every letter and one for the start of every text
// block. Here they are positions, because steps and cursors know nothing else.
import type { Node } from "prosemirror-model";
import type { Mapping } from "prosemirror-transform";
import type { BlockGroup } from "./likeness.ts";

/** `[old, new, length]`: so many units from the one place on stand at the other. Ascending on both sides. */
export type StayedRun = readonly [number, number, number];

/** Where what stayed of a document stands now, by the position before it: a letter, or a text block. */
export type Stayed = ReadonlyMap<number, number>;

/** Top nodes of a document, as indexes. */
export interface Stretch {
  readonly doc: Node;
  readonly from: number;
  readonly to: number;
}

/** What stayed of the one stretch of top nodes in the other; runs are counted from their starts. */
export function stayedIn(old: Stretch, now: Stretch, runs: readonly StayedRun[]): Stayed {
  const [units, newUnits] = [unitsOf(old), unitsOf(now)];
  const stayed = new Map<number, number>();
  for (const [at, newAt, length] of runs) {
    for (let unit = 0; unit < length; unit += 1) {
      const [pos, newPos] = [units[at + unit], newUnits[newAt + unit]];
      if (pos !== undefined && newPos !== undefined) stayed.set(pos, newPos);
    }
  }
  return stayed;
}

/** One's own steps on the text that the core knew, which the new one holds too. */
export interface Own {
  readonly before: Node;
  readonly mapping: Mapping;
}

/**
 * The same where `old` is the text with one's own steps done, and `known` says what stayed of the text before those: what one
 * typed is the next of what came, letter for letter, wherever the core put it. Null where it is not all there.
 */
export function withOwn(old: Stretch, now: Stretch, known: { readonly stretch: Stretch; readonly stayed: Stayed }, own: Mapping): Stayed | null {
  const { stretch: { doc, from, to }, stayed } = known;
  const [start, end, shift] = [startOf(doc, from), startOf(doc, to), now.doc.content.size - doc.content.size];
  const newAt = (pos: number) => (pos < start ? pos : pos >= end ? pos + shift : stayed.get(pos));
  const before = own.invert();
  const found = new Map<number, number>();
  const typed: number[] = [];
  for (const pos of unitsOf(old)) {
    const was = before.mapResult(pos, 1);
    const newPos = was.deletedAfter ? undefined : newAt(was.pos);
    if (newPos !== undefined) found.set(pos, newPos);
    else if (was.deletedAfter) typed.push(pos);
  }
  const there = new Set(found.values());
  const came = unitsOf(now).filter((pos) => !there.has(pos) && isLetter(now.doc, pos));
  const letters = typed.filter((pos) => isLetter(old.doc, pos));
  const same = letters.length === came.length && letters.every((pos, at) => letterAt(old.doc, pos) === letterAt(now.doc, came[at] as number));
  if (!same) return null;
  letters.forEach((pos, at) => found.set(pos, came[at] as number));
  return found;
}

function isLetter(doc: Node, pos: number): boolean {
  return doc.resolve(pos).parent.inlineContent;
}

function letterAt(doc: Node, pos: number): string {
  return doc.textBetween(pos, pos + 1, "", "\n");
}

/** Which blocks of a row are which, as `BlockGroup`s of all of both rows; `from` and `newFrom` are where the rows start. */
export function knownGroups(old: readonly Node[], now: readonly Node[], [from, newFrom]: readonly [number, number], stayed: Stayed): BlockGroup[] {
  const newBlockAt = blockIndex(now, newFrom);
  const groups: { from: number; to: number; newFrom: number; newTo: number; isSame: boolean }[] = [];
  let at = from;
  old.forEach((node, index) => {
    for (const newIndex of partners(node, at, stayed, newBlockAt)) {
      const last = groups.at(-1);
      if (last !== undefined && (index < last.to || newIndex < last.newTo)) {
        [last.to, last.newTo] = [index + 1, Math.max(last.newTo, newIndex + 1)];
      } else groups.push({ from: index, to: index + 1, newFrom: newIndex, newTo: newIndex + 1, isSame: true });
    }
    at += node.nodeSize;
  });
  return withRest(groups, old.length, now.length);
}

/** The groups and what lies between them, which came or went. */
function withRest(groups: readonly BlockGroup[], length: number, newLength: number): BlockGroup[] {
  const all: BlockGroup[] = [];
  let [from, newFrom] = [0, 0];
  const end = { from: length, to: length, newFrom: newLength, newTo: newLength, isSame: true };
  for (const group of [...groups, end]) {
    if (group.from > from || group.newFrom > newFrom) all.push({ from, to: group.from, newFrom, newTo: group.newFrom, isSame: false });
    if (group !== end) all.push(group);
    [from, newFrom] = [group.to, group.newTo];
  }
  return all;
}

/** The blocks in which something of a block stands now, ascending, each once. */
function partners(node: Node, at: number, stayed: Stayed, newBlockAt: (pos: number) => number | null): number[] {
  const found: number[] = [];
  for (let pos = at; pos < at + node.nodeSize; pos += 1) {
    const newPos = stayed.get(pos);
    const block = newPos === undefined ? null : newBlockAt(newPos);
    if (block !== null && found.at(-1) !== block) found.push(block);
  }
  return found;
}

/** The block of a row in which a position is; asked in ascending order. */
function blockIndex(row: readonly Node[], start: number): (pos: number) => number | null {
  let [index, end] = [0, start + (row[0]?.nodeSize ?? 0)];
  return (pos) => {
    if (pos < start) return null;
    while (index < row.length && pos >= end) {
      index += 1;
      end += row[index]?.nodeSize ?? 0;
    }
    return index < row.length ? index : null;
  };
}

/** The positions of the units of top nodes. */
function unitsOf({ doc, from, to }: Stretch): number[] {
  const units: number[] = [];
  let at = startOf(doc, from);
  for (let index = from; index < to; index += 1) {
    pushUnits(doc.child(index), at, units);
    at += doc.child(index).nodeSize;
  }
  return units;
}

function pushUnits(node: Node, at: number, units: number[]): void {
  if (!node.isTextblock) node.forEach((child, offset) => pushUnits(child, at + 1 + offset, units));
  else for (let pos = at; pos <= at + node.content.size; pos += 1) units.push(pos);
}

/** The position of a top node. */
export function startOf(doc: Node, index: number): number {
  let at = 0;
  for (let before = 0; before < index; before += 1) at += doc.child(before).nodeSize;
  return at;
}
