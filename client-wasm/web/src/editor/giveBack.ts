// Where undo and redo give back what was taken out, when somebody else has written there since.
//
// Why it exists: what one took out, or undo took, is gone from the text, and the key is the only way to have it again; so it
// comes back whatever others did, as long as its paragraph is there. But a place alone does not say how: in the middle of a word that somebody wrote there it would change that word.
//
// Invariants: no letter of others goes, and no word that somebody else worked on runs together with what comes back or is
// split by it. What others brought back themselves is not given twice.
import type { Node } from "prosemirror-model";
import type { Transaction } from "prosemirror-state";
import type { End } from "./seam.ts";
import { insertedAt, lettersIn, type Part, type Run, standing, TakeBack, textOf } from "./takeBack.ts";
import { areOneWord, wordsIn } from "./word.ts";

/** What a border of blocks or a break is as text. */
const BORDER = "\n";

/** Letters given back beside each other, and whether somebody else worked on either side of them. */
interface Given extends Run {
  readonly isTouched: { readonly left: boolean; readonly right: boolean };
  /** What stood on either side of them when they went, if it still stands. */
  readonly next: { readonly left: Run | null; readonly right: Run | null };
  /** It stood beside letters that came before it, on that side. */
  readonly isAttached?: "left" | "right";
}

/** A replacement at its place, and how it stands there. */
type Place = { readonly part: Part } & Pick<Given, "isTouched" | "isAttached">;

/** What one transaction of undo or redo gives back; it is asked about every step before that is done. */
export class GiveBack {
  readonly #transaction: Transaction;
  #given: readonly Given[] = [];
  /** What others put where something comes back. */
  readonly #others: string[] = [];
  /** Of the step asked about last: what it gives back, in the document after it, and what it stood beside, in the one before. */
  #asked: { readonly step: TakeBack; readonly given: readonly Given[] } | null = null;
  #steps = 0;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** The step, with places where it does no harm. */
  placed(step: TakeBack): TakeBack {
    this.#catchUp();
    const { doc } = this.#transaction;
    const places = new Map<Part, Place>();
    let end = 0;
    const placed = step.placed((part) => {
      if (part.step.slice.size === 0) return part;
      const place = this.#place(doc, part, end);
      places.set(place.part, place);
      end = place.part.step.to;
      return place.part;
    });
    const given = placed.back.map(({ part, given: run }) => {
      const { isTouched, isAttached } = places.get(part) as Place;
      return { ...run, isTouched, next: { left: part.left.next, right: part.right.next }, ...(isAttached && { isAttached }) };
    });
    this.#asked = { step: placed, given };
    return placed;
  }

  /** The ends of what came back beside which somebody else worked, ascending. */
  get seams(): End[] {
    this.#catchUp();
    const touched = this.#given.filter(({ isTouched: { left, right } }) => left || right);
    return touched.flatMap(({ from, to, next, isTouched }): End[] => [
      { at: from, side: "before", next: next.left, isTouched: isTouched.left },
      { at: to, side: "behind", next: next.right, isTouched: isTouched.right },
    ]);
  }

  /** Behind the last of what came back; null: nothing did, or nobody else worked there. */
  get end(): number | null {
    this.#catchUp();
    const last = this.#given.at(-1);
    return last !== undefined && this.#given.some(({ isTouched: { left, right } }) => left || right) ? last.to : null;
  }

  /** Whether others had put the same words there already. */
  get isThere(): boolean {
    this.#catchUp();
    const { doc } = this.#transaction;
    return this.#given.some(({ from, to }) => {
      const given = doc.textBetween(from, to, BORDER, BORDER);
      const words = wordsOf(given);
      if (words === "") return given !== "" && this.#others.some((text) => text.includes(given));
      return this.#others.some((text) => ` ${wordsOf(text)} `.includes(` ${words} `));
    });
  }

  #place(doc: Node, part: Part, least: number): Place {
    const { from, to } = part.step;
    const isTouched = (at: number, end: number) => ({
      left: part.left.isTouched || part.left.next?.to !== at,
      right: part.right.isTouched || part.right.next?.from !== end,
    });
    if (from < to) return { part, isTouched: isTouched(from, to) };
    const beside = this.#besideGiven(part);
    const exact = beside === undefined ? exactPlace(doc, part) : null;
    if (exact !== null && exact >= least) {
      this.#note(doc, part);
      return { part: insertedAt(part, exact), isTouched: { left: false, right: false } };
    }
    const at = Math.max(beside?.at ?? this.#besideOthers(doc, part, isTouched), least);
    const attached = beside?.at === at ? { isAttached: beside.isAttached } : {};
    return { part: insertedAt(part, at), isTouched: isTouched(at, at), ...attached };
  }

  /** Beside letters of the same act that it stood beside, and the side on which those are. */
  #besideGiven({ left, right }: Part): { at: number; isAttached: "left" | "right" } | undefined {
    const behind = left.next?.to;
    const ahead = right.next?.from;
    if (behind !== undefined && this.#given.some((run) => run.from < behind && behind <= run.to)) return { at: behind, isAttached: "left" };
    if (ahead !== undefined && this.#given.some((run) => run.from <= ahead && ahead < run.to)) return { at: ahead, isAttached: "right" };
    return undefined;
  }

  #besideOthers(doc: Node, part: Part, isTouched: (at: number, end: number) => Given["isTouched"]): number {
    const { step: { to, slice }, left, right } = part;
    const behind = left.next?.to;
    const ahead = right.next?.from;
    this.#note(doc, part);
    const text = textOf(slice);
    const isFit = (at: number) => {
      const touched = isTouched(at, at);
      const [before, after] = [lettersIn(doc, at - 1, at), lettersIn(doc, at, at + 1)];
      const isSplit = (touched.left || touched.right) && areOneWord(before, after);
      return !isSplit && !(touched.left && areOneWord(before, text)) && !(touched.right && areOneWord(text, after));
    };
    const places = [behind, ahead, to].filter((at) => at !== undefined);
    return places.find(isFit) ?? endOfWord(doc, ahead ?? to);
  }

  /** Notes what others put in the very gap where something comes back. */
  #note(doc: Node, { step: { from, to }, left, right }: Part): void {
    if (!left.isTouched && !right.isTouched) return;
    const text = (start: number, until: number) => doc.textBetween(start, until, BORDER, BORDER);
    const end = right.near[0]?.from ?? to;
    const start = Math.min(left.near.at(-1)?.to ?? from, end);
    this.#others.push(text(start, end));
    // Of equal letters nobody knows which came: what stands a little further on is in the gap where the text is the same then.
    for (const [one, other] of pairsOf(left.near)) {
      const [all, beside] = [text(one.to, end), text(other.from, end)];
      if (all.startsWith(beside)) this.#others.push(all.slice(beside.length));
    }
    for (const [one, other] of pairsOf(right.near)) {
      const [all, beside] = [text(start, other.from), text(start, one.to)];
      if (all.endsWith(beside)) this.#others.push(all.slice(0, all.length - beside.length));
    }
  }

  /** Takes over what became of the steps since the last question. */
  #catchUp(): void {
    const { steps, mapping } = this.#transaction;
    for (; this.#steps < steps.length; this.#steps += 1) {
      const map = mapping.maps[this.#steps];
      if (map === undefined) continue;
      const beside = (run: Run | null) => (run === null ? null : (standing(run, map)[0] ?? null));
      const nextTo = ({ next }: Given) => ({ left: beside(next.left), right: beside(next.right) });
      const moved = this.#given.map((run) => ({ from: map.map(run.from, 1), to: map.map(run.to, -1), isTouched: run.isTouched, next: nextTo(run) }));
      // A step that does not fit the text any more was not done.
      const asked = this.#asked !== null && this.#asked.step === steps[this.#steps] ? this.#asked.given : [];
      const left = [...moved, ...asked.map((run) => ({ ...run, next: nextTo(run) }))].filter(({ from, to }) => from < to);
      this.#given = joined(left.toSorted((one, other) => one.from - other.from));
      this.#asked = null;
    }
  }
}

/** Each run with the next. */
function pairsOf(runs: readonly Run[]): (readonly [Run, Run])[] {
  return runs.slice(1).map((run, index) => [runs[index] as Run, run] as const);
}

/** Runs that were one as one; others may have taken out what was between two that only touch. */
function joined(runs: readonly Given[]): Given[] {
  const found: Given[] = [];
  for (const run of runs) {
    const last = found.at(-1);
    if (last !== undefined && run.to <= last.to) continue;
    const isOne = last?.to === run.from && (run.isAttached === "left" || last.isAttached === "right");
    if (last === undefined || !isOne) found.push(run);
    else {
      const [isTouched, next] = [{ left: last.isTouched.left, right: run.isTouched.right }, { left: last.next.left, right: run.next.right }];
      found[found.length - 1] = { from: last.from, to: run.to, isTouched, next };
    }
  }
  return found;
}

/**
 * Where both units that stood beside it still stand beside each other, in words to which nobody added a letter: whatever else
 * others did near it, it comes back just there. Else null.
 */
function exactPlace(doc: Node, { left, right }: Part): number | null {
  const at = left.next?.to;
  if (at === undefined || right.next?.from !== at) return null;
  let start = at - 1;
  while (areOneWord(lettersIn(doc, start - 1, start), lettersIn(doc, start, start + 1))) start -= 1;
  const stood = [...left.near, ...right.near];
  for (let unit = start; unit < endOfWord(doc, at + 1); unit += 1) {
    if (!stood.some(({ from, to }) => from <= unit && unit < to)) return null;
  }
  return at;
}

function endOfWord(doc: Node, at: number): number {
  let end = at;
  while (areOneWord(lettersIn(doc, end - 1, end), lettersIn(doc, end, end + 1))) end += 1;
  return end;
}

function wordsOf(text: string): string {
  return wordsIn(text).join(" ");
}
