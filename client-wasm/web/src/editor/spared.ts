// What of an act stays when it is taken back, because somebody else's words live by it.
//
// Why it exists: whether a space that one typed may go depends on what goes with it. Letter by letter, a word whose space
// somebody else doubled looked like theirs, and the space before somebody's new word stayed when one's own word went.
// So all that an act takes away is looked at together, in the text as it stands before.
//
// Invariants: a word that goes on in letters of somebody else stays whole, and two words of which somebody else wrote a part
// stay apart, also across the end of a sentence. Everything else of one's own goes; of equal spaces on both sides of
// somebody else's words the one that has nothing left to part.
import type { Node } from "prosemirror-model";
import { Mapping, type Transform } from "prosemirror-transform";
import { type Lost, type Run, runsOf, standing, TakeBack } from "./takeBack.ts";
import { isPartedFromWord, isSpace, isWord } from "./word.ts";

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
  /** What it would put back, ascending. */
  readonly back: readonly Back[];
  /** Its spaces that somebody else took away. */
  readonly lost: readonly Lost[];
  /** What must stay. */
  readonly stays: Set<number>;
}

/** A text that comes back in the place of some units. */
interface Back extends Run {
  readonly text: string;
  /** Somebody else worked beside it. */
  readonly isTouched: boolean;
}

/** What of an act must stay, and what goes along with it instead. */
export interface Spared {
  readonly stays: readonly Run[];
  readonly along: readonly Along[];
}

/** A space that goes because an equal one stays, and the unit beside it that goes too. */
export interface Along {
  readonly space: Run;
  readonly beside: Run;
}

/** The units of a document that must stay, of those that an act takes away, and those that go in their place. */
export function spared(doc: Node, steps: Transform): Spared {
  const act = actOf(doc, steps);
  if (act === null) return { stays: [], along: [] };
  spareWords(act);
  spareSpaces(act);
  return { stays: runsOf(ascending(act.stays)), along: goingAlong(act) };
}

/** The act, if somebody else worked beside it. */
function actOf(doc: Node, transform: Transform): Act | null {
  const steps = transform.steps.map((step) => (step instanceof TakeBack ? step : null));
  if (!steps.some((step) => step?.isTouched === true)) return null;
  const [taken, touched, near] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const lost: Lost[] = [];
  steps.forEach((step, index) => {
    const before = mappingBack(transform, index);
    for (const [units, runs] of [[taken, step?.taken], [touched, step?.isTouched === true ? step.taken : []], [near, step?.near]] as const) {
      for (const unit of (runs ?? []).flatMap((run) => standing(run, before)).flatMap(runUnits)) units.add(unit);
    }
    for (const { letter, from, to } of step?.lost ?? []) lost.push({ letter, from: before.map(from, -1), to: before.map(to, 1) });
  });
  const units = ascending(taken);
  const room = { from: (units[0] ?? 0) - ROOM_MAX, to: (units.at(-1) ?? 0) + ROOM_MAX };
  return { letterAt: lettersOf(doc, room), taken, touched, near, back: backOf(transform), lost, stays: new Set() };
}

/** From the document after so many steps to that before all. */
function mappingBack({ mapping }: Transform, steps: number): Mapping {
  return new Mapping(mapping.maps.slice(0, steps).toReversed().map((map) => map.invert()));
}

/** What comes back and stays, letters beside each other as one text: what one had typed and erased in the same act only passes by. */
function backOf(transform: Transform): Back[] {
  const pieces = transform.steps.flatMap((step, index) => {
    const [before, after] = [mappingBack(transform, index), transform.mapping.slice(index + 1)];
    return (step instanceof TakeBack ? step.back : []).flatMap(({ given, place, isTouched }) => {
      const at = { from: before.map(place.from, 1), to: before.map(place.to, place.from < place.to ? -1 : 1), isTouched };
      return standing(given, after).map((run) => ({ run, at }));
    });
  });
  const texts: { run: Run; at: Run & { readonly isTouched: boolean } }[] = [];
  for (const { run, at } of pieces.toSorted((one, other) => one.run.from - other.run.from)) {
    const last = texts.at(-1);
    if (last?.run.to !== run.from || last.at.to !== at.from) texts.push({ run, at });
    else texts[texts.length - 1] = { run: { from: last.run.from, to: run.to }, at: { from: last.at.from, to: at.to, isTouched: last.at.isTouched || at.isTouched } };
  }
  return texts.map(({ run, at }) => ({ ...at, text: transform.doc.textBetween(run.from, run.to, BORDER, BORDER) }));
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
    const places = act.back.filter((back) => from <= back.from && back.from <= to);
    let [start, before, isOthers] = [from, act.letterAt(from - 1), foreign.left];
    const isTouchedUntil = (end: number) => runUnits({ from: start, to: end }).some((unit) => act.touched.has(unit));
    for (const { from: at, to: end, text, isTouched } of places) {
      if ((isOthers || isTouched || isTouchedUntil(at)) && isWord(before) && isWord(text[0])) spareLast(act, { from: start, to: at });
      [start, before, isOthers] = [end, text.at(-1) ?? BORDER, isTouched];
    }
    const mayHarm = isOthers || foreign.right || (places.length > 0 && isTouchedUntil(to));
    const endsInSpace = isSpace(act.letterAt(to - 1));
    if (mayHarm && isWord(act.letterAt(to)) && (endsInSpace ? isPartedFromWord(before) : isWord(before))) spareLast(act, { from: start, to });
  }
}

/** A space that could go along, because what stands at `leansOn` parts the words as well. */
interface Useless extends Along {
  readonly leansOn: number;
}

/** The spaces that go along: each only while what it leans on stays. */
function goingAlong(act: Act): Along[] {
  if (act.back.length > 0) return [];
  const [gone, leanedOn] = [new Set<number>(), new Set<number>()];
  return [...exchanged(act), ...doubled(act)].filter(({ space, leansOn }) => {
    if (gone.has(space.from) || gone.has(leansOn) || leanedOn.has(space.from)) return false;
    gone.add(space.from);
    leanedOn.add(leansOn);
    return true;
  });
}

/**
 * Somebody else's words between two stretches that go, with a space that stays on the one side and an equal one that
 * parts nothing any more on the other: nobody can tell which of the two is whose, so the one that is of no use goes.
 */
function exchanged(act: Act): Useless[] {
  const runs = runsOf(ascending(act.taken));
  return runs.slice(1).flatMap((right, index): Useless[] => {
    const left = runs[index] as Run;
    const between = { from: left.to, to: right.from };
    if (!runUnits(between).every((unit) => isForeign(act, unit))) return [];
    const staysIn = (run: Run) => runUnits(run).filter((unit) => act.stays.has(unit)).map(act.letterAt);
    const [stayLeft, stayRight] = [staysIn(left), staysIn(right)];
    const before: Useless = { space: unitAt(right.from - 1), beside: unitAt(right.from), leansOn: right.to };
    const behind: Useless = { space: unitAt(left.to), beside: unitAt(left.to - 1), leansOn: left.from - 1 };
    if (stayRight.length === 0 && isUseless(act, before, stayLeft)) return [before];
    return stayLeft.length === 0 && isUseless(act, behind, stayRight) ? [behind] : [];
  });
}

/** Whether a space is equal to the only letter that stays on the other side, and parts nothing once the rest is gone. */
function isUseless(act: Act, { space, leansOn }: Useless, stay: readonly string[]): boolean {
  const letter = act.letterAt(space.from);
  return stay.length === 1 && isSpace(letter) && stay[0] === letter && !isSolid(act.letterAt(leansOn));
}

/**
 * A space that would part nothing once the words beside it are gone, where the act had brought an equal one that went since:
 * nobody can tell which of them went, and as many are left as there were before the act.
 */
function doubled(act: Act): Useless[] {
  const goes = ascending(act.taken).filter((unit) => !act.stays.has(unit));
  return act.lost.flatMap(({ letter, from, to }): Useless[] => {
    const run = runsOf(goes).find((each) => each.to >= from && each.from <= to);
    if (run === undefined || isSolid(act.letterAt(run.from - 1)) || isSolid(act.letterAt(run.to))) return [];
    const [left, right] = [run.from - 1, run.to];
    const isEqual = (unit: number) => act.letterAt(unit) === letter && !act.taken.has(unit);
    if (isEqual(right)) return [{ space: unitAt(right), beside: unitAt(right - 1), leansOn: left }];
    return isEqual(left) ? [{ space: unitAt(left), beside: unitAt(run.from), leansOn: right }] : [];
  });
}

function unitAt(at: number): Run {
  return { from: at, to: at + 1 };
}

function isSolid(letter: string): boolean {
  return letter !== BORDER && !isSpace(letter);
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
