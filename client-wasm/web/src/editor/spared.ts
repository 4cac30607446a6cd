// What of an act stays when it is taken back, because somebody else's words live by it.
//
// Why it exists: whether a space that one typed may go depends on what goes with it. Letter by letter, a word whose space
// somebody else doubled looked like theirs, and the space before somebody's new word stayed when one's own word went.
// So all that an act takes away is looked at together, in the text as it stands before.
//
// Invariants: a word that goes on in letters of somebody else stays whole, and two words of which somebody else wrote a part
// stay apart. Everything else of one's own goes.
import type { Node } from "prosemirror-model";
import { Mapping, type Transform } from "prosemirror-transform";
import { type Run, runsOf, standing, TakeBack } from "./takeBack.ts";
import { isWord } from "./word.ts";

/** How far around what goes the text is looked at. */
const ROOM_MAX = 100;

/** What every unit without a letter is: a border of blocks, a break. */
const BORDER = "\n";

/** An act about to be taken back. Units are positions of the document before. */
interface Act {
  readonly letterAt: (unit: number) => string;
  /** What it would take away. */
  readonly taken: ReadonlySet<number>;
  /** What of that somebody else worked beside. */
  readonly touched: ReadonlySet<number>;
  /** What stood beside it when it came; what is neither is somebody else's. */
  readonly near: ReadonlySet<number>;
  /** What it would put back, by the first of the units in whose place. */
  readonly back: ReadonlyMap<number, Back>;
  /** What must stay. */
  readonly stays: Set<number>;
}

interface Back {
  readonly text: string;
  /** Behind the last unit in whose place it comes. */
  readonly to: number;
  /** Somebody else worked beside it. */
  readonly isTouched: boolean;
}

/** The units of a document that must stay, of those that an act takes away. */
export function spared(doc: Node, steps: Transform): Run[] {
  const act = actOf(doc, steps);
  if (act === null) return [];
  spareWords(act);
  spareSpaces(act);
  return runsOf(ascending(act.stays));
}

/** The act, if somebody else worked beside it. */
function actOf(doc: Node, transform: Transform): Act | null {
  const steps = transform.steps.map((step) => (step instanceof TakeBack ? step : null));
  if (!steps.some((step) => step?.isTouched === true)) return null;
  const [taken, touched, near, back] = [new Set<number>(), new Set<number>(), new Set<number>(), new Map<number, Back>()];
  steps.forEach((step, index) => {
    const before = new Mapping(transform.mapping.maps.slice(0, index).toReversed().map((map) => map.invert()));
    for (const [units, runs] of [[taken, step?.taken], [touched, step?.isTouched === true ? step.taken : []], [near, step?.near]] as const) {
      for (const unit of (runs ?? []).flatMap((run) => standing(run, before)).flatMap(runUnits)) units.add(unit);
    }
    for (const { text, place, isTouched } of step?.back ?? []) {
      back.set(before.map(place.from, 1), { text, to: before.map(place.to, place.from < place.to ? -1 : 1), isTouched });
    }
  });
  const units = ascending(taken);
  const room = { from: (units[0] ?? 0) - ROOM_MAX, to: (units.at(-1) ?? 0) + ROOM_MAX };
  return { letterAt: lettersOf(doc, room), taken, touched, near, back, stays: new Set() };
}

/** The letter of a unit, within some room of a document. */
function lettersOf(doc: Node, { from, to }: Run): (unit: number) => string {
  const letters = new Map<number, string>();
  doc.nodesBetween(Math.max(from, 0), Math.min(to, doc.content.size), (node, pos) => {
    if (node.isText) [...Array(node.nodeSize).keys()].forEach((at) => letters.set(pos + at, node.text?.[at] ?? BORDER));
  });
  return (unit) => letters.get(unit) ?? BORDER;
}

/** Spares words that go on in somebody else's letters. */
function spareWords(act: Act): void {
  for (const unit of act.taken) {
    if (!isWord(act.letterAt(unit)) || act.stays.has(unit)) continue;
    const word = [...wordBeside(act, unit, -1), unit, ...wordBeside(act, unit, 1)];
    if (word.some((other) => isForeign(act, other))) word.filter((other) => act.taken.has(other)).forEach((other) => act.stays.add(other));
  }
}

/** Spares what parts two words, if they would run together and somebody else wrote a part of them. */
function spareSpaces(act: Act): void {
  const goes = (unit: number) => act.taken.has(unit) && !act.stays.has(unit);
  for (const { from, to } of runsOf(ascending(act.taken).filter(goes))) {
    const foreign = { left: isForeignBeside(act, from, -1, goes), right: isForeignBeside(act, to - 1, 1, goes) };
    const places = [...act.back].filter(([at]) => from <= at && at <= to).toSorted(([one], [other]) => one - other);
    let [start, before, isOthers] = [from, act.letterAt(from - 1), foreign.left];
    const isTouchedUntil = (end: number) => runUnits({ from: start, to: end }).some((unit) => act.touched.has(unit));
    for (const [at, { text, to: end, isTouched }] of places) {
      if ((isOthers || isTouched || isTouchedUntil(at)) && isWord(before) && isWord(text[0])) spareLast(act, { from: start, to: at });
      [start, before, isOthers] = [end, text.at(-1) ?? BORDER, isTouched];
    }
    const mayHarm = isOthers || foreign.right || (places.length > 0 && isTouchedUntil(to));
    if (mayHarm && isWord(before) && isWord(act.letterAt(to))) spareLast(act, { from: start, to });
  }
}

function runUnits({ from, to }: Run): number[] {
  return Array.from({ length: Math.max(to - from, 0) }, (_, index) => from + index);
}

function isForeignBeside(act: Act, unit: number, by: 1 | -1, goes: (unit: number) => boolean): boolean {
  return wordBeside(act, unit, by, goes).some((other) => isForeign(act, other));
}

/** Spares the last of some units that parts words; a border of blocks is several units, all or none of them. */
function spareLast(act: Act, { from, to }: Run): void {
  let last = to - 1;
  while (last >= from && isWord(act.letterAt(last))) last -= 1;
  if (last < from) return;
  act.stays.add(last);
  if (act.letterAt(last) !== BORDER) return;
  for (let at = last - 1; at >= from && act.letterAt(at) === BORDER; at -= 1) act.stays.add(at);
}

/** The units of the word that goes on beside a unit to one side, past what is `gone`. */
function wordBeside(act: Act, unit: number, by: 1 | -1, gone: (unit: number) => boolean = () => false): number[] {
  const found: number[] = [];
  for (let at = unit + by; gone(at) || isWord(act.letterAt(at)); at += by) if (!gone(at)) found.push(at);
  return found;
}

function isForeign(act: Act, unit: number): boolean {
  return !act.taken.has(unit) && !act.near.has(unit);
}

function ascending(units: ReadonlySet<number>): number[] {
  return [...units].toSorted((one, other) => one - other);
}
