// A step of undo that knows where somebody else has worked since.
//
// Why it exists: prosemirror-history moves what it takes back over what others did by two positions, and asks nothing. So
// it puts a word back beside the same word that a restore had brought back ("wijkwijk"), and takes with a pasted sentence
// the words that others wrote inside it.
//
// Invariants: only letters that one put there oneself are taken away, each by itself. Letters that one had taken out are put
// back in any case, and `giveBack.ts` says where. What may not be taken away is told by `spared.ts`, which sees all of an act.
// Undo and redo are the same to it: each takes away what the other put there and puts back what the other took.
import { type Node, Slice } from "prosemirror-model";
import { type Mappable, ReplaceStep, Step, StepMap, StepResult } from "prosemirror-transform";
import { isSpace, OF_WORD } from "./word.ts";

/** How far around its place a step looks at most. */
const ROOM_MAX = 100;

/** What takes a step back, as one that looks where others worked. */
export function inverted(step: Step, doc: Node): Step {
  const after = step.apply(doc).doc;
  const back = step.invert(doc);
  return after === null ? back : careful(back, after);
}

/** A step that takes something back in a document, as one that looks; others than replacements know their place well enough. */
export function careful(back: Step, doc: Node): Step {
  return back instanceof ReplaceStep ? new TakeBack([partOf(back, doc, 0)]) : back;
}

/** A replacement, and what became of the places beside it since. */
export interface Part {
  readonly step: ReplaceStep;
  readonly left: Side;
  readonly right: Side;
  /** Of letters that are only taken away: the first and the last of them, as long as they stand. */
  readonly ends: readonly [string, string];
  /** A space of the act that somebody else took away, in place of what it would take. */
  readonly lost?: Lost;
  /** The how-manieth range of the step that it takes back. */
  readonly index: number;
}

/** A space that is gone: which one, and where it stood, with what came there since. */
export interface Lost extends Run {
  readonly letter: string;
}

/** What stood on one side of a place. */
export interface Side {
  /** The unit right beside it, if that still stands. */
  readonly next: Run | null;
  /** Where the units stand now that concern it: the rest of its word and what parts that from the next. */
  readonly near: readonly Run[];
  /** Somebody else worked there. */
  readonly isTouched: boolean;
}

function partOf(step: ReplaceStep, doc: Node, index: number): Part {
  // Where letters were only taken out, equal ones beside them leave a choice where they were: up to the next word.
  const parts = step.from === step.to ? `[^${OF_WORD}]*` : "";
  const [before] = new RegExp(`${parts}[${OF_WORD}]*$`, "u").exec(lettersIn(doc, step.from - ROOM_MAX, step.from)) ?? [""];
  const [after] = new RegExp(`^[${OF_WORD}]*${parts}`, "u").exec(lettersIn(doc, step.to, step.to + ROOM_MAX)) ?? [""];
  const room = Math.min(before.length + 1, step.from);
  return {
    step,
    index,
    left: {
      next: room === 0 ? null : { from: step.from - 1, to: step.from },
      near: room === 0 ? [] : [{ from: step.from - room, to: step.from }],
      isTouched: false,
    },
    right: { next: { from: step.to, to: step.to + 1 }, near: [{ from: step.to, to: step.to + after.length + 1 }], isTouched: false },
    ends: step.slice.size > 0 ? NO_ENDS : [lettersIn(doc, step.from, step.from + 1), lettersIn(doc, step.to - 1, step.to)],
  };
}

const NO_ENDS = ["", ""] as const;

/** Replacements of one document, ascending and apart, all or none of them. */
export class TakeBack extends Step {
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    super();
    this.#parts = parts;
  }

  /** The step with each of its replacements as `place` gives it. */
  placed(place: (part: Part) => Part): TakeBack {
    return new TakeBack(this.#parts.map(place).toSorted((one, other) => one.step.from - other.step.from || one.step.to - other.step.to));
  }

  /** Whether somebody else worked beside it. */
  get isTouched(): boolean {
    return this.#parts.some(({ left, right }) => left.isTouched || right.isTouched);
  }

  /** The units that it takes away. */
  get taken(): Run[] {
    return this.#parts.map(({ step: { from, to } }) => ({ from, to }));
  }

  /** Its spaces that somebody else took away. */
  get lost(): Lost[] {
    return this.#parts.flatMap(({ lost }) => (lost === undefined ? [] : [lost]));
  }

  /** What stood beside them when they came, and still stands. */
  get near(): Run[] {
    return this.#parts.flatMap(({ left, right }) => [...left.near, ...right.near]);
  }

  /** What it puts back: where that stands in the document after it, and the units in whose place. */
  get back(): { readonly part: Part; readonly given: Run; readonly place: Run; readonly isTouched: boolean }[] {
    let grown = 0;
    return this.#parts.flatMap((part) => {
      const { step: { from, to, slice }, left, right } = part;
      const given = { from: from + grown, to: from + grown + slice.size };
      grown += slice.size - (to - from);
      return slice.size === 0 ? [] : [{ part, given, place: { from, to }, isTouched: left.isTouched || right.isTouched }];
    });
  }

  /** The step that puts nothing back; null if nothing is left of it. Its places stay as many: the history counts them. */
  get takingOnly(): TakeBack | null {
    const taking = this.placed((part) => ({ ...part, step: new ReplaceStep(part.step.from, part.step.to, Slice.empty) }));
    return taking.taken.every(({ from, to }) => from === to) ? null : taking;
  }

  /** The step that leaves these units where they are; null if nothing is left of it. */
  without(spared: readonly Run[]): TakeBack | null {
    const stays = (at: number) => spared.some((run) => run.from <= at && at < run.to);
    const parts = this.#parts.flatMap((part) => {
      const { from, to, slice } = part.step;
      const runs = runsOf(Array.from({ length: to - from }, (_, index) => from + index).filter((at) => !stays(at)));
      if (isWhole(runs, to - from)) return [part];
      return slice.size > 0 ? apart(part, runs, to) : runs.map((run) => takingAt(part, run));
    });
    return parts.length === 0 ? null : new TakeBack(parts);
  }

  /** The step that takes a space along beside a unit that it takes away itself. */
  along(space: Run, beside: Run): TakeBack {
    return this.placed((part) => {
      const { from, to, slice } = part.step;
      if (slice.size > 0 || from > beside.from || to < beside.to) return part;
      return { ...part, step: new ReplaceStep(Math.min(from, space.from), Math.max(to, space.to), slice) };
    });
  }

  override apply(doc: Node): StepResult {
    let result = StepResult.ok(doc);
    for (const { step } of this.#parts.toReversed()) {
      if (result.doc !== null) result = fitted(step, result.doc);
    }
    return result;
  }

  override getMap(): StepMap {
    return new PlacedMap(this.#parts);
  }

  override invert(doc: Node): Step {
    const after = this.apply(doc).doc ?? doc;
    let grown = 0;
    const back = this.#parts.map(({ step: { from, to, slice } }, index) => {
      const step = new ReplaceStep(from + grown, from + grown + slice.size, doc.slice(from, to));
      grown += slice.size - (to - from);
      return partOf(step, after, index);
    });
    return new TakeBack(back);
  }

  override map(mapping: Mappable): Step | null {
    const parts = this.#parts.flatMap((part) => moved(part, mapping));
    return parts.length === 0 ? null : new TakeBack(parts);
  }

  override toJSON(): unknown {
    return { stepType: "takeBack", parts: this.#parts.map(({ step }) => step.toJSON() as unknown) };
  }
}

/** What stands for an act in the history of which nothing went or came: it does nothing, and whatever others do it stays. */
export class Nothing extends Step {
  override apply(doc: Node): StepResult {
    return StepResult.ok(doc);
  }

  override invert(): Step {
    return this;
  }

  override map(): Step {
    return this;
  }

  override toJSON(): unknown {
    return { stepType: "nothing" };
  }
}

/** A map that tells where each of its letters is back that the step taken back had taken out, wherever it was put. */
class PlacedMap extends StepMap {
  /** By the range of the step taken back: where what it gives back begins; without letters, where it would. */
  readonly #places = new Map<number, { readonly at: number; readonly size: number }>();

  constructor(parts: readonly Part[]) {
    super(parts.flatMap(({ step: { from, to, slice } }) => [from, to - from, slice.size]));
    let grown = 0;
    for (const { step: { from, to, slice }, index } of parts) {
      if (slice.size > 0 || !this.#places.has(index)) this.#places.set(index, { at: from + grown, size: slice.size });
      grown += slice.size - (to - from);
    }
  }

  /** The library's name for it: the range is in the low half of the number, how far within it in the high one. */
  recover(value: number): number {
    const index = value & 0xffff;
    const { at, size } = this.#places.get(index) ?? { at: 0, size: 0 };
    return at + Math.min((value - index) / 0x10000, size);
  }
}

/** A replacement of which some no longer goes: each stretch that does by itself, and behind them what it puts back. */
function apart(part: Part, runs: readonly Run[], at: number): Part[] {
  // What begins or ends within a block fits in no other place.
  const isFlat = part.step.slice.openStart + part.step.slice.openEnd === 0;
  return [...(isFlat ? runs.map((run) => takingAt(part, run)) : []), insertedAt(part, at)];
}

function takingAt(part: Part, { from, to }: Run): Part {
  return { ...part, step: new ReplaceStep(from, to, Slice.empty) };
}

/** The replacement as one that takes nothing out. */
export function insertedAt(part: Part, at: number): Part {
  return { ...part, step: new ReplaceStep(at, at, part.step.slice) };
}

/** Where the paragraph itself is gone nothing fits, which the library says in two ways. */
function fitted(step: ReplaceStep, doc: Node): StepResult {
  try {
    return step.apply(doc);
  } catch (error) {
    if (error instanceof RangeError) return StepResult.fail(error.message);
    throw error;
  }
}

/** What is left of a replacement: letters that stand, or what is put back. */
function moved(part: Part, mapping: Mappable): Part[] {
  const { step: { from, to, slice }, left, right, lost } = part;
  if (lost !== undefined) return [lostPart({ ...lost, from: mapping.map(lost.from, -1), to: mapping.map(lost.to, 1) })];
  const runs = standing({ from, to }, mapping);
  const [before, after] = [now(left, mapping), now(right, mapping)];
  const [first, last] = lostEnds(part, mapping);
  const at = (run: Run, ends: Part["ends"]): Part => ({
    ...part,
    ends,
    step: new ReplaceStep(run.from, run.to, slice),
    left: { ...before, isTouched: before.isTouched || (before.near.length > 0 && before.near[0]?.to !== run.from) },
    right: { ...after, isTouched: after.isTouched || after.near[0]?.from !== run.to },
  });
  const [whole] = runs;
  const end = mapping.map(to, 1);
  if (slice.size > 0) return whole !== undefined && isWhole(runs, to - from) ? [at(whole, NO_ENDS)] : apart(at({ from: end, to: end }, NO_ENDS), runs, end);
  const found = runs.map((run, index) => at(run, [index === 0 && first === null ? part.ends[0] : "", index === runs.length - 1 && last === null ? part.ends[1] : ""]));
  return from < to ? [...lostParts(first), ...found, ...(to - from > 1 ? lostParts(last) : [])] : found;
}

/** Where the first and the last letter of what is taken away stood, if they do no more. */
function lostEnds({ step: { from, to }, ends }: Part, mapping: Mappable): (Lost | null)[] {
  return [from, to - 1].map((at, end) => {
    const isGone = standing({ from: at, to: at + 1 }, mapping).length === 0;
    return isGone ? { letter: ends[end] ?? "", from: mapping.map(at, -1), to: mapping.map(at + 1, 1) } : null;
  });
}

function lostParts(lost: Lost | null | undefined): Part[] {
  return lost !== null && lost !== undefined && isSpace(lost.letter) ? [lostPart(lost)] : [];
}

/** A part that does nothing, and remembers that a space of the act is gone. */
function lostPart(lost: Lost): Part {
  return { index: -1, step: new ReplaceStep(lost.from, lost.from, Slice.empty), left: GONE, right: GONE, ends: NO_ENDS, lost };
}

const GONE: Side = { next: null, near: [], isTouched: true };

/** A side, touched if what stood there is no longer whole; whether it still is beside its step is another question. */
function now({ next, near, isTouched }: Side, mapping: Mappable): Side {
  const runs = near.flatMap((run) => standing(run, mapping));
  const [before] = near;
  return { next: (next === null ? null : standing(next, mapping)[0]) ?? null, near: runs, isTouched: isTouched || (before !== undefined && !isWhole(runs, before.to - before.from)) };
}

/** Units of a document beside each other. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** Where the units of a stretch are now, those that follow each other as one run. */
export function standing({ from, to }: Run, mapping: Mappable): Run[] {
  const units: number[] = [];
  for (let at = from; at < to; at += 1) {
    const start = mapping.mapResult(at, 1);
    if (!start.deletedAfter && mapping.map(at + 1, -1) === start.pos + 1) units.push(start.pos);
  }
  return runsOf(units);
}

/** Ascending units as runs. */
export function runsOf(units: readonly number[]): Run[] {
  const runs: { from: number; to: number }[] = [];
  for (const unit of units) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === unit) last.to += 1;
    else runs.push({ from: unit, to: unit + 1 });
  }
  return runs;
}

/** Whether all of a stretch still stands, and nothing within it. */
function isWhole([run, ...more]: readonly Run[], length: number): boolean {
  return run !== undefined && more.length === 0 && run.to - run.from === length;
}

export function textOf(slice: Slice): string {
  return slice.content.textBetween(0, slice.size, "\n");
}

export function lettersIn(doc: Node, from: number, to: number): string {
  const [start, end] = [Math.max(from, 0), Math.min(to, doc.content.size)];
  return start < end ? doc.textBetween(start, end, "\n") : "";
}
