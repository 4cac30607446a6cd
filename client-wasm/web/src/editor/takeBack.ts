// A step of undo that knows where somebody else has worked since.
//
// Why it exists: prosemirror-history moves what it takes back over what others did by two positions, and asks nothing. So
// it puts a word back beside the same word that a restore had brought back ("wijkwijk"), takes the space from between two
// words that somebody else put there, and with a pasted sentence the words that others wrote inside it.
//
// Invariants: only letters that one put there oneself are taken away, and where others worked since, no two words that are
// apart come together and no word is cut. Letters are put back only where nobody else worked since. What would do
// otherwise is not done.
import type { Node } from "prosemirror-model";
import { type Mappable, ReplaceStep, Step, StepMap, StepResult } from "prosemirror-transform";

/** How far around its place a step looks at most. */
const ROOM_MAX = 100;

/** What takes a step back, as one that looks where others worked; others than replacements know their place well enough. */
export function inverted(step: Step, doc: Node): Step {
  const back = step.invert(doc);
  const after = back instanceof ReplaceStep ? step.apply(doc).doc : null;
  return back instanceof ReplaceStep && after !== null ? new TakeBack([partOf(back, after)]) : back;
}

/** A replacement, and what became of the places beside it since. */
interface Part {
  readonly step: ReplaceStep;
  readonly left: Side;
  readonly right: Side;
}

interface Side {
  /** So many units concern it: the rest of its word and what parts that from the next. */
  readonly room: number;
  /** Somebody else worked there. */
  readonly isTouched: boolean;
}

function partOf(step: ReplaceStep, doc: Node): Part {
  // Where letters were only taken out, equal ones beside them leave a choice where they were: up to the next word.
  const parts = step.from === step.to ? "[^\\p{L}\\p{M}\\p{N}]*" : "";
  const [before] = new RegExp(`${parts}[\\p{L}\\p{M}\\p{N}]*$`, "u").exec(lettersIn(doc, step.from - ROOM_MAX, step.from)) ?? [""];
  const [after] = new RegExp(`^[\\p{L}\\p{M}\\p{N}]*${parts}`, "u").exec(lettersIn(doc, step.to, step.to + ROOM_MAX)) ?? [""];
  return {
    step,
    left: { room: Math.min(before.length + 1, step.from), isTouched: false },
    right: { room: after.length + 1, isTouched: false },
  };
}

/** Replacements of one document, ascending and apart, all or none of them. */
class TakeBack extends Step {
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    super();
    this.#parts = parts;
  }

  override apply(doc: Node): StepResult {
    if (this.#parts.some((part) => spoils(doc, part))) return StepResult.fail("somebody else worked here");
    let result = StepResult.ok(doc);
    for (const { step } of this.#parts.toReversed()) {
      if (result.doc !== null) result = step.apply(result.doc);
    }
    return result;
  }

  override getMap(): StepMap {
    return new StepMap(this.#parts.flatMap(({ step: { from, to, slice } }) => [from, to - from, slice.size]));
  }

  override invert(doc: Node): Step {
    const after = this.apply(doc).doc ?? doc;
    let grown = 0;
    const back = this.#parts.map(({ step: { from, to, slice } }) => {
      const step = new ReplaceStep(from + grown, from + grown + slice.size, doc.slice(from, to));
      grown += slice.size - (to - from);
      return partOf(step, after);
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

/** What is left of a replacement: letters that stand, or what is put back, if its place is as it was. */
function moved({ step: { from, to, slice }, left, right }: Part, mapping: Mappable): Part[] {
  const runs = standing(from, to, mapping);
  if (from === to) {
    const { pos, deletedAcross } = mapping.mapResult(from, 1);
    if (!deletedAcross && slice.size > 0) runs.push({ from: pos, to: pos });
  } else if (slice.size > 0 && !isWhole(runs, to - from)) return [];
  const [before, after] = [standing(from - left.room, from, mapping), standing(to, to + right.room, mapping)];
  const found = runs.map((run): Part => ({
    step: new ReplaceStep(run.from, run.to, slice),
    left: { ...left, isTouched: left.isTouched || (left.room > 0 && !(isWhole(before, left.room) && before[0]?.to === run.from)) },
    right: { ...right, isTouched: right.isTouched || !(isWhole(after, right.room) && after[0]?.from === run.to) },
  }));
  return from < to ? found : found.filter((part) => !part.left.isTouched && !part.right.isTouched);
}

interface Run {
  readonly from: number;
  to: number;
}

/** Where the units of a stretch are now, those that follow each other as one run. */
function standing(from: number, to: number, mapping: Mappable): Run[] {
  const runs: Run[] = [];
  for (let at = from; at < to; at += 1) {
    const start = mapping.mapResult(at, 1);
    const end = mapping.map(at + 1, -1);
    if (start.deletedAfter || end !== start.pos + 1) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.to === start.pos) last.to = end;
    else runs.push({ from: start.pos, to: end });
  }
  return runs;
}

/** Whether all of a stretch still stands, and nothing within it. */
function isWhole([run, ...more]: readonly Run[], length: number): boolean {
  return run !== undefined && more.length === 0 && run.to - run.from === length;
}

/** Whether it would do harm to what others left beside it. */
function spoils(doc: Node, { step: { from, to, slice }, left, right }: Part): boolean {
  const [before, own, after] = [lettersIn(doc, from - 1, from), lettersIn(doc, from, to), lettersIn(doc, to, to + 1)];
  if ((left.isTouched && areOneWord(before, own)) || (right.isTouched && areOneWord(own, after))) return true;
  if (slice.size === 0) return (left.isTouched || right.isTouched) && areOneWord(before, after);
  const back = slice.content.textBetween(0, slice.size, "\n");
  return (left.isTouched && areOneWord(before, back)) || (right.isTouched && areOneWord(back, after));
}

function lettersIn(doc: Node, from: number, to: number): string {
  const [start, end] = [Math.max(from, 0), Math.min(to, doc.content.size)];
  return start < end ? doc.textBetween(start, end, "\n") : "";
}

/** Whether two stretches of letters beside each other run into one word. */
function areOneWord(left: string, right: string): boolean {
  return /[\p{L}\p{M}\p{N}]$/u.test(left) && /^[\p{L}\p{M}\p{N}]/u.test(right);
}
