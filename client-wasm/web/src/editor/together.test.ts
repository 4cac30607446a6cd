// Each one's words stay together, whatever others type at the same place and whatever is under way at the time.
import { TextSelection } from "prosemirror-state";
import { describe, expect, test } from "vitest";
import { pick, random, type Random } from "./testing.ts";
import { type ReplicaSeat, Room } from "./testingReplicas.ts";

/** Of few letters, so that two people often type the same one at the same time. */
const LETTERS = ["a", "e", " "];

/** Everybody types at their cursor, and messages come when they come; the law is about who wrote which letter. */
function typeAll(room: Room, next: Random, turns: number): Map<string, string> {
  const typed = new Map(room.seats.map((seat) => [seat.author, ""]));
  for (let turn = 0; turn < turns; turn += 1) {
    const seat = pick(next, room.seats);
    if (next() < 0.35) {
      const letter = pick(next, LETTERS);
      seat.type(letter);
      typed.set(seat.author, (typed.get(seat.author) ?? "") + letter);
    } else seat.happen(Math.floor(next() * 5));
  }
  room.settle();
  return typed;
}

/** Asserts that all see the same and that what each typed stands in one piece. */
function together(room: Room, typed: ReadonlyMap<string, string>, about: string): void {
  for (const seat of room.seats) {
    expect(seat.desk.hasUnconfirmed, about).toBe(false);
    expect(seat.desk.state.doc.eq((room.seats[0] as ReplicaSeat).desk.state.doc), about).toBe(true);
    for (const [author, words] of typed) {
      const units = seat.visible;
      const [first, last] = [units.findIndex((unit) => unit.author === author), units.findLastIndex((unit) => unit.author === author)];
      const run = units.slice(first, last + 1);
      expect(run.every((unit) => unit.author === author), `${about}: ${author} in ${units.map((unit) => unit.author || ".").join("")}`).toBe(true);
      expect(first < 0 ? "" : run.map((unit) => unit.letter).join(""), about).toBe(words);
    }
  }
}

describe("what each one types stays together and in order", { timeout: 60_000 }, () => {
  test.each([
    { where: "at the end of a paragraph", lines: ["zorg en", "daarna"], behind: "zorg en" },
    { where: "in the middle of a word", lines: ["aeaeae"], behind: "aea" },
    { where: "at the end of the text", lines: ["eerst", "a"], behind: "a" },
  ])("when all type $where", ({ lines, behind }) => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = random(seed);
      const room = new Room(...lines);
      for (const author of ["ann", "bob", "cas"]) room.seat(author).place(behind);
      together(room, typeAll(room, next, 120), `seed ${seed}`);
    }
  });

  test("when all type in an empty paragraph", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = random(seed);
      const room = new Room("", "daarna");
      for (const author of ["ann", "bob"]) room.seat(author);
      together(room, typeAll(room, next, 80), `seed ${seed}`);
    }
  });
});

test("who puts the cursor behind somebody's word goes on behind that word", () => {
  const room = new Room("zorg");
  const [ann, bob] = [room.seat("ann"), room.seat("bob")];
  ann.place("zorg");
  bob.place("zorg");
  ann.type(" dichtbij");
  room.settle();
  bob.type(" thuis");
  room.settle();
  expect(ann.desk.state.doc.textContent).toBe("zorg thuis dichtbij");
  bob.place("dichtbij");
  ann.place("thuis");
  bob.type(" nu");
  ann.type(" en");
  room.settle();
  expect(bob.desk.state.doc.textContent).toBe("zorg thuis en dichtbij nu");
});

test("what others type at the ends of a selection is not in it", () => {
  const room = new Room("de zorg nu");
  const [ann, bob] = [room.seat("ann"), room.seat("bob")];
  ann.place("zorg");
  const { state } = ann.desk;
  ann.desk.dispatch(state.tr.setSelection(TextSelection.create(state.doc, 4, 8)));
  bob.place("de ");
  bob.type("x");
  room.settle();
  bob.place("zorg");
  bob.type("y");
  room.settle();
  ann.type("hulp");
  room.settle();
  expect(bob.desk.state.doc.textContent).toBe("de xhulpy nu");
});

describe("who types where another one takes the text away", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])("goes on behind the own last letter that stands, %s messages in between", (messages) => {
    const room = new Room("eerst", "een arts aan de lijn", "daarna");
    const [ann, bob] = [room.seat("ann"), room.seat("bob")];
    ann.place("een arts");
    const { state } = bob.desk;
    bob.desk.dispatch(state.tr.delete(3, 8 + "een arts aan de lijn".length));
    let at = 0;
    for (const letter of " en welke huisarts") {
      ann.type(letter);
      at += 1;
      // What was under way when it went, and what was typed behind that.
      const many = at % 3 === 0 ? messages : 0;
      for (let count = 0; count < many; count += 1) (count % 2 === 0 ? bob : ann).happen((at + count) % 5);
    }
    room.settle();
    expect(bob.desk.state.doc.textContent).toContain(" en welke huisarts");
    expect(bob.desk.state.doc.eq(ann.desk.state.doc)).toBe(true);
    expect(ann.desk.state.doc.lastChild?.textContent).toBe("daarna");
    ann.type("!");
    room.settle();
    expect(bob.desk.state.doc.textContent).toContain(" en welke huisarts!");
  });
});

describe("who types while another one deletes over several paragraphs", { timeout: 60_000 }, () => {
  test.each([
    { what: "from the own paragraph on into the next", from: ["twee", 0], to: ["drie", 2] },
    { what: "from a sentence before to one behind", from: ["een", 1], to: ["daarna", 3] },
    { what: "whole paragraphs", from: ["een", 0], to: ["daarna", 0] },
    { what: "behind the cursor", from: ["twee", 4], to: ["daarna", 2] },
  ] as const)("goes on in the order of the keys, $what", ({ from, to }) => {
    // Of single letters: a space is under way as often as a letter.
    const words = " a b c d e f g h i j";
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = random(seed);
      const room = new Room("eerst", "een", "twee", "drie", "daarna");
      const [ann, bob] = [room.seat("ann"), room.seat("bob")];
      ann.place("twee");
      const deletedAt = Math.floor(next() * words.length);
      [...words].forEach((letter, at) => {
        ann.type(letter);
        if (at === deletedAt) deleteBetween(bob, from, to);
        for (let count = Math.floor(next() * 8); count > 0; count -= 1) pick(next, room.seats).happen(Math.floor(next() * 5));
      });
      room.settle();
      const about = `seed ${seed}: ${ann.desk.state.doc.content.content.map((node) => node.textContent).join("|")}`;
      expect(bob.desk.state.doc.eq(ann.desk.state.doc), about).toBe(true);
      const left = ann.visible.filter((unit) => unit.author === "ann").map((unit) => unit.letter).join("");
      // What the other one saw went with the deletion.
      expect(words.endsWith(left), `${about}: ${left}`).toBe(true);
      ann.type("!");
      room.settle();
      const own = ann.visible.filter((unit) => unit.author === "ann").map((unit) => unit.letter).join("");
      expect(own, about).toBe(`${left}!`);
    }
  });
});

/** Deletes from the one place to the other: before so many letters of these lines. */
function deleteBetween(seat: ReplicaSeat, ...ends: readonly (readonly [line: string, letters: number])[]): void {
  const { doc, tr } = seat.desk.state;
  const [from, to] = ends.map(([line, letters]) => {
    let start = 0;
    doc.forEach((node, offset) => {
      if (node.textContent.startsWith(line)) start = offset + 1;
    });
    return start + letters;
  });
  seat.desk.dispatch(tr.delete(from as number, to as number));
}
