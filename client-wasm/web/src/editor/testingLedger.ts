// Letters that tell who typed them, for tests: what of a text went, stayed or came is seen in the text itself.
//
// Why it exists: the laws of undo are about whose letters go, and equal letters do not say whose they are.
import { pick, type Random } from "./testing.ts";
import type { Seat } from "./testingDesks.ts";

interface Origin {
  readonly who: "ann" | "bob" | "first";
  readonly turn: number;
}

/** Letters of which each is typed once, so that a text tells who wrote what and when. */
export class Ledger {
  readonly origins = new Map<string, Origin>();
  #count = 0;

  /** `areAlike`: all spaces are the same one, and the text does not tell whose they are. */
  constructor(readonly areAlike: boolean) {}

  type(pattern: string, who: Origin["who"], turn: number): string {
    return [...pattern].map((kind) => this.#next(kind === " ", { who, turn })).join("");
  }

  #next(isSpace: boolean, origin: Origin): string {
    if (isSpace && this.areAlike) return " ";
    this.#count += 1;
    // Ideographs are letters of words; what draws boxes parts them.
    const made = String.fromCodePoint((isSpace ? 0x2500 : 0x4e00) + this.#count);
    this.origins.set(made, origin);
    return made;
  }

  /** Whether it is of that act. */
  isOf(letter: string, who: Origin["who"], turn: number): boolean {
    const origin = this.origins.get(letter);
    return origin?.who === who && origin.turn === turn;
  }

  /** Whether Bob wrote some of it after that turn. */
  isOlder(text: string, turn: number): boolean {
    return ![...text].some((letter) => this.origins.get(letter)?.who === "bob" && (this.origins.get(letter)?.turn ?? 0) > turn);
  }
}

/** Whether a text begins in a word. */
export const isLetter = (text: string | undefined) => text !== undefined && /^\p{L}/u.test(text);
/** The words of a text. */
export const words = (text: string) => text.match(/\p{L}+/gu) ?? [];
/** A text without what parts its words. */
export const lettersOf = (text: string) => words(text).join("");

/** What a seat shows. */
export function textOf({ desk }: Seat): string {
  return desk.state.doc.textContent;
}

/** Where words begin and end, and sometimes any other place. */
export function place(text: string, next: Random): number {
  const all = Array.from({ length: text.length + 1 }, (_, at) => at);
  const borders = all.filter((at) => isLetter(text[at - 1]) !== isLetter(text[at]));
  return pick(next, next() < 0.85 && borders.length > 0 ? borders : all);
}

/** Types letter by letter, as from a keyboard. */
export function type(seat: Seat, at: number, typed: string): void {
  [...typed].forEach((letter, index) => seat.desk.dispatch(seat.desk.state.tr.insertText(letter, 1 + at + index)));
}
