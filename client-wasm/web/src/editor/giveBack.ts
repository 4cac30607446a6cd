// Where redo gives back what undo took, when somebody else has written there since.
//
// Why it exists: what undo took is gone from the text, and redo is the only way to have it again; so it comes back whatever
// others did. But a place alone does not say how: in the middle of a word that somebody wrote there it would change that word.
//
// Invariants: no letter of others goes, and no word that somebody else worked on runs together with what comes back or is
// split by it. What others brought back themselves is not given twice.
import type { Node } from "prosemirror-model";
import type { Transaction } from "prosemirror-state";
import { insertedAt, lettersIn, type Part, type Run, spoils, TakeBack, textOf } from "./takeBack.ts";
import { areOneWord, wordsIn } from "./word.ts";

/** How far around its place a text is looked at. */
const ROOM_MAX = 100;

/** Letters given back beside each other, and whether somebody else worked on either side of them. */
interface Given extends Run {
  readonly isTouched: { readonly left: boolean; readonly right: boolean };
}

/** What one transaction of redo gives back; it is asked about every step before that is done. */
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
      const found = part.step.slice.size > 0 ? this.#place(doc, part, end) : { part, isTouched: { left: false, right: false } };
      const { from, to, slice } = found.part.step;
      if (slice.size > 0) asked.push({ from: from + grown, to: from + grown + slice.size, isTouched: found.isTouched });
      grown += slice.size - (to - from);
      end = to;
      return found.part;
    });
    this.#asked = asked;
    return placed;
  }

  /** Where a space must part what came back from words of others, ascending. */
  get seams(): number[] {
    this.#catchUp();
    const { doc } = this.#transaction;
    const isSeam = (at: number) => areOneWord(lettersIn(doc, at - 1, at), lettersIn(doc, at, at + 1));
    return this.#given.flatMap(({ from, to, isTouched: { left, right } }) => [
      ...(left && isSeam(from) ? [from] : []),
      ...(right && isSeam(to) ? [to] : []),
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
      const words = wordsOf(doc.textBetween(from, to, "\n", "\n"));
      return words !== "" && this.#others.some((text) => ` ${wordsOf(text)} `.includes(` ${words} `));
    });
  }

  #place(doc: Node, part: Part, least: number): { part: Part; isTouched: Given["isTouched"] } {
    const { from, to } = part.step;
    const isTouched = (at: number, end: number) => ({
      left: part.left.isTouched || part.left.next?.to !== at,
      right: part.right.isTouched || part.right.next?.from !== end,
    });
    if (from < to && !spoils(doc, part)) return { part, isTouched: isTouched(from, to) };
    const at = Math.max(this.#besideGiven(part) ?? this.#besideOthers(doc, part, isTouched), least);
    return { part: insertedAt(part, at), isTouched: isTouched(at, at) };
  }

  /** Beside letters of the same act. */
  #besideGiven({ left, right }: Part): number | undefined {
    const behind = left.next?.to;
    const ahead = right.next?.from;
    return this.#given.some((run) => run.to === behind) ? behind : this.#given.some((run) => run.from === ahead) ? ahead : undefined;
  }

  #besideOthers(doc: Node, { step: { from, to, slice }, left, right }: Part, isTouched: (at: number, end: number) => Given["isTouched"]): number {
    const behind = left.next?.to;
    const ahead = right.next?.from;
    const [first, last] = [behind ?? left.near.at(-1)?.to ?? from, ahead ?? right.near[0]?.from ?? to];
    if (first < last) this.#others.push(lettersIn(doc, Math.max(first, from - ROOM_MAX), Math.min(last, to + ROOM_MAX)));
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

  /** Takes over what became of the steps since the last question. */
  #catchUp(): void {
    const { steps, mapping } = this.#transaction;
    for (; this.#steps < steps.length; this.#steps += 1) {
      const map = mapping.maps[this.#steps];
      if (map === undefined) continue;
      const moved = this.#given.map((run) => ({ ...run, from: map.map(run.from, 1), to: map.map(run.to, -1) }));
      this.#given = joined([...moved, ...this.#asked].toSorted((one, other) => one.from - other.from));
      this.#asked = [];
    }
  }
}

/** Runs that touch as one. */
function joined(runs: readonly Given[]): Given[] {
  const found: Given[] = [];
  for (const run of runs) {
    const last = found.at(-1);
    if (last === undefined || last.to < run.from) found.push(run);
    else if (last.to < run.to) found[found.length - 1] = { from: last.from, to: run.to, isTouched: { left: last.isTouched.left, right: run.isTouched.right } };
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
