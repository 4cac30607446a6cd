// Spaces around what somebody else wrote beside one's own words: undo leaves one on each side, redo and their undo leave none over.
import { expect, test } from "vitest";
import { doc, paragraph, pick, random, type Random } from "./testing.ts";
import { Authority, Seat, settle } from "./testingDesks.ts";
import { redo, undo } from "./undoHistory.ts";

class Room {
  readonly ann: Seat;
  readonly bob: Seat;

  constructor(first: string) {
    const authority = new Authority(doc(paragraph(first)));
    [this.ann, this.bob] = [new Seat(authority), new Seat(authority)];
  }

  type(seat: Seat, at: number, typed: string): string {
    [...typed].forEach((letter, index) => seat.desk.dispatch(seat.desk.state.tr.insertText(letter, 1 + at + index)));
    return this.agreed();
  }

  press(seat: Seat, key: typeof undo): string {
    key(seat.desk.state, (transaction) => seat.desk.dispatch(transaction));
    return this.agreed();
  }

  private agreed(): string {
    settle([this.ann, this.bob]);
    expect(this.ann.desk.state.doc.eq(this.bob.desk.state.doc)).toBe(true);
    return this.ann.desk.state.doc.textContent;
  }
}

test.each([
  { what: "behind the sentence before", at: 11, typed: " ZZ" },
  { what: "before the sentence", at: 12, typed: "ZZ " },
  { what: "in the middle, behind a word", at: 18, typed: " ZZ" },
  { what: "in the middle, before a word", at: 19, typed: "ZZ " },
  { what: "behind the sentence", at: 33, typed: " ZZ" },
])("a sentence goes from around a word that somebody wrote $what, with the spaces that parted only its own words", ({ at, typed }) => {
  for (const rest of ["", " Verder gaat het."]) {
    const room = new Room(`Zorg werkt.${rest}`);
    const alone = room.type(room.ann, 11, " Nieuwe zin van Sanne.");
    const both = room.type(room.bob, at, typed);
    expect(room.press(room.ann, undo)).toBe(`Zorg werkt. ZZ${rest}`);
    expect(room.press(room.ann, redo)).toBe(both);
    expect(room.press(room.bob, undo)).toBe(alone);
    expect(room.press(room.bob, redo)).toBe(both);
  }
});

/** Where a word begins or ends. */
interface Border {
  readonly at: number;
  readonly isEnd: boolean;
}

function bordersOf(text: string): Border[] {
  const inner = [...text].flatMap((letter, at) => (letter === " " ? [{ at, isEnd: true }, { at: at + 1, isEnd: false }] : []));
  return [{ at: 0, isEnd: false }, ...inner, { at: text.length, isEnd: true }];
}

/** Words as one types them there: with the space that parts them from the word beside. */
function fitted({ isEnd }: Border, words: string): string {
  return isEnd ? ` ${words}` : `${words} `;
}

function writeAtBorder(room: Room, seat: Seat, next: Random, words: string): string {
  const text = seat.desk.state.doc.textContent;
  const border = pick(next, bordersOf(text));
  return room.type(seat, border.at, fitted(border, words));
}

test("whatever borders two write at, no space is on the wrong side, doubled or left over", { timeout: 60_000 }, () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const next = random(seed);
    const first = pick(next, ["Zorg werkt.", "Zorg werkt. Verder gaat het.", "Zorg werkt", "Zorg, dichtbij, werkt.", "(Zorg) werkt: altijd!"]);
    const room = new Room(first);
    const alone = writeAtBorder(room, room.ann, next, pick(next, ["echt", "Nieuwe zin van Sanne.", "twee woorden"]));
    const words = pick(next, ["ZZ", "ZZ YY"]);
    const both = writeAtBorder(room, room.bob, next, words);
    const taken = room.press(room.ann, undo);
    const said = `seed ${seed}: "${both}" became "${taken}"`;
    expect(taken.trim().replaceAll(/ +/g, " "), said).toBe(taken);
    expect(taken.split(" ").filter((word) => !words.split(" ").includes(word)), said).toEqual(first.split(" "));
    expect(room.press(room.ann, redo), said).toBe(both);
    expect(room.press(room.bob, undo), said).toBe(alone);
  }
});
