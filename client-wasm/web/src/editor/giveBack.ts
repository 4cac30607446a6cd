// Where undo and redo give back what was taken out, when somebody else has written there since.
//
// Why it exists: what one took out, or undo took, is gone from the text, and the key is the only way to have it again; so it
// comes back whatever others did, as long as its paragraph is there. But a place alone does not say how: in the middle of a word that somebody wrote there it would change that word.
//
// Invariants: no letter of others goes, and no word that somebody else worked on runs together with what comes back or is
// split by it. What others brought back themselves is not given twice.
import type { Node } from "prosemirror-model";
import type { Transaction } from "prosemirror-state";
import { insertedAt, lettersIn, type Part, type Run, TakeBack, textOf } from "./takeBack.ts";
import { areOneWord, wordsIn } from "./word.ts";

/** How far around its place a text is looked at. */
const ROOM_MAX = 100;

/** What a border of blocks or a break is as text. */
const BORDER = "\n";

/** Letters given back beside each other, and whether somebody else worked on either side of them. */
interface Given extends Run {
  readonly isTouched: { readonly left: boolean; readonly right: boolean };
  /** It stood beside letters that came before it, on that side. */
  readonly isAttached?: "left" | "right";
}

/** What one transaction of undo or redo gives back; it is asked about every step before that is done. */
export class GiveBack {
  readonly #transaction: Transaction;
  #given: readonly Given[] = [];
  /** What others put where something comes back. */
  readonly #others: string[] = [];
  /** Of the step asked about last: what it gives back, in the document after it. */
  #asked: readonly Given[] = [];
  #steps = 0;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** The step, with places where it does no harm. */
  placed(step: TakeBack): TakeBack {
    this.#catchUp();
    const { doc } = this.#transaction;
    const asked: Given[] = [];
    let [end, grown] = [0, 0];
    const placed = step.placed((part) => {
      const found: { part: Part } & Omit<Given, "from" | "to"> = part.step.slice.size > 0 ? this.#place(doc, part, end) : { part, isTouched: { left: false, right: false } };
      const { part: given, ...how } = found;
      const { from, to, slice } = given.step;
      if (slice.size > 0) asked.push({ from: from + grown, to: from + grown + slice.size, ...how });
      grown += slice.size - (to - from);
      end = to;
      return given;
    });
    this.#asked = asked;
    return placed;
  }

  /** Where a space must part what came back from words of others, ascending. */
  get seams(): number[] {
    this.#catchUp();
    const { doc } = this.#transaction;
    const isSeam = (at: number) => areOneWord(lettersIn(doc, at - 1, at), lettersIn(doc, at, at + 1));
    const found = this.#given.flatMap(({ from, to, isTouched: { left, right } }) => [
      ...(left && isSeam(from) ? [from] : []),
      ...(right && isSeam(to) ? [to] : []),
    ]);
    return [...new Set(found)];
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

  #place(doc: Node, part: Part, least: number): { part: Part } & Omit<Given, "from" | "to"> {
    const { from, to } = part.step;
    const isTouched = (at: number, end: number) => ({
      left: part.left.isTouched || part.left.next?.to !== at,
      right: part.right.isTouched || part.right.next?.from !== end,
    });
    if (from < to) return { part, isTouched: isTouched(from, to) };
    const beside = this.#besideGiven(part);
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

  /** Notes what others put between the units that stood around a place. */
  #note(doc: Node, { step: { from, to }, left, right }: Part): void {
    if (!left.isTouched && !right.isTouched) return;
    const stood = [...left.near, ...right.near].toSorted((one, other) => one.from - other.from);
    const first = Math.max(Math.min(stood[0]?.from ?? from, from), from - ROOM_MAX);
    const last = Math.min(Math.max(stood.at(-1)?.to ?? to, to), to + ROOM_MAX);
    let end = first;
    for (const run of [...stood, { from: last, to: last }]) {
      const until = Math.min(run.from, last);
      if (until > end) this.#others.push(doc.textBetween(end, until, BORDER, BORDER));
      end = Math.max(end, run.to);
    }
  }

  /** Takes over what became of the steps since the last question. */
  #catchUp(): void {
    const { steps, mapping } = this.#transaction;
    for (; this.#steps < steps.length; this.#steps += 1) {
      const map = mapping.maps[this.#steps];
      if (map === undefined) continue;
      const moved = this.#given.map(({ from, to, isTouched }) => ({ from: map.map(from, 1), to: map.map(to, -1), isTouched }));
      const left = [...moved, ...this.#asked].filter(({ from, to }) => from < to);
      this.#given = joined(left.toSorted((one, other) => one.from - other.from));
      this.#asked = [];
    }
  }
}

/** Runs that were one as one; others may have taken out what was between two that only touch. */
function joined(runs: readonly Given[]): Given[] {
  const found: Given[] = [];
  for (const run of runs) {
    const last = found.at(-1);
    if (last !== undefined && run.to <= last.to) continue;
    const isOne = last?.to === run.from && (run.isAttached === "left" || last.isAttached === "right");
    if (last === undefined || !isOne) found.push(run);
    else found[found.length - 1] = { from: last.from, to: run.to, isTouched: { left: last.isTouched.left, right: run.isTouched.right } };
  }
  return found;
}

function endOfWord(doc: Node, at: number): number {
  let end = at;
  while (areOneWord(lettersIn(doc, end - 1, end), lettersIn(doc, end, end + 1))) end += 1;
  return end;
}

function wordsOf(text: string): string {
  return wordsIn(text).join(" ");
}
