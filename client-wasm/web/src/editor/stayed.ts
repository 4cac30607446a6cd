// Which letters and blocks of a document stand in another one, as the core tells it.
//
// Why it exists: two texts do not say which of equal letters is which, nor that a letter stands in another block now.
// The changes know, so the core says it: as stretches of units, one for every letter and one for the start of every text
// block. Here they are positions, because steps and cursors know nothing else.
import type { Node } from "prosemirror-model";
import type { Mapping } from "prosemirror-transform";

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

/** The runs of what stayed of the one stretch in the other over one's own steps. */
export function stayedOver(old: Stretch, now: Stretch, own: Mapping): StayedRun[] {
  const newUnits = new Map(unitsOf(now).map((pos, unit) => [pos, unit]));
  const runs: [number, number, number][] = [];
  unitsOf(old).forEach((pos, unit) => {
    const moved = own.mapResult(pos, 1);
    const newUnit = moved.deletedAfter ? undefined : newUnits.get(moved.pos);
    if (newUnit === undefined) return;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[2] === unit && last[1] + last[2] === newUnit) last[2] += 1;
    else runs.push([unit, newUnit, 1]);
  });
  return runs;
}

/** One's own steps on the text that the core knew, which the new one holds too. */
export interface Own {
  readonly before: Node;
  readonly mapping: Mapping;
}

/**
 * The same where `old` is the text with one's own steps done, and `known` says what stayed of the text before those: what one
 * typed is the next of what came, letter for letter, wherever the core put it; but for spaces that undo put beside what it
 * brought back, and that part nothing where the core put that. Null where it is not all there.
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
  const pairs = paired([old.doc, letters], [now.doc, came]);
  return pairs === null ? null : inOrder(pairs, found);
}

type Letters = readonly [doc: Node, positions: readonly number[]];

/** Each letter of one's own with the next that came; a space that the core left out has none. Null where they differ otherwise. */
function paired([doc, letters]: Letters, [now, came]: Letters): [number, number][] | null {
  const pairs: [number, number][] = [];
  for (const pos of letters) {
    const next = came[pairs.length];
    const letter = letterAt(doc, pos);
    if (next !== undefined && letter === letterAt(now, next)) pairs.push([pos, next]);
    else if (letter !== " ") return null;
  }
  return pairs.length === came.length ? pairs : null;
}

/** One's own letters and of the others those that are on the same side of each: where the core put one's own, the cursor goes. */
function inOrder(own: readonly (readonly [number, number])[], others: Stayed): Stayed {
  const stayed = new Map(own);
  let before = 0;
  for (const [pos, newPos] of [...others].toSorted(([one], [other]) => one - other)) {
    while (before < own.length && (own[before]?.[0] ?? 0) < pos) before += 1;
    const [left, right] = [own[before - 1], own[before]];
    if ((left === undefined || left[1] < newPos) && (right === undefined || newPos < right[1])) stayed.set(pos, newPos);
  }
  return stayed;
}

function isLetter(doc: Node, pos: number): boolean {
  return doc.resolve(pos).parent.inlineContent;
}

function letterAt(doc: Node, pos: number): string {
  return doc.textBetween(pos, pos + 1, "", "\n");
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
