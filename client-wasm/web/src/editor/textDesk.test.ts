// Desks that write together: whatever the order of messages, they end with the same text and every letter.
import type { Node } from "prosemirror-model";
import { TextSelection } from "prosemirror-state";
import { describe, expect, test } from "vitest";
import type { PmJson } from "./port.ts";
import { schema } from "./schema.ts";
import { doc, editedAtRandom, paragraph, pick, random } from "./testing.ts";
import { Authority, Seat, settle } from "./testingDesks.ts";
import { undo } from "./undoHistory.ts";

describe("desks", { timeout: 60_000 }, () => {
  test("end with the same text after any order of typing and messages", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = random(seed);
      const authority = new Authority(doc(paragraph("het regioplan"), paragraph("zorg dichtbij")));
      const seats = [new Seat(authority), new Seat(authority), new Seat(authority)];
      for (let turn = 0; turn < 30; turn += 1) {
        const seat = pick(next, seats);
        if (next() < 0.4) seat.write(editedAtRandom(seat.desk.state.doc, next));
        else seat.happen(Math.floor(next() * 3));
      }
      settle(seats);
      for (const seat of seats) {
        expect(seat.desk.hasUnconfirmed, `seed ${seed}`).toBe(false);
        expect(seat.desk.state.doc.eq(authority.doc), `seed ${seed}: ${seat.desk.state.doc} / ${authority.doc}`).toBe(true);
      }
    }
  });

  test("nobody's typing is moved or lost when all only type", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const next = random(seed);
      const authority = new Authority(doc(paragraph("begin")));
      const seats = [new Seat(authority), new Seat(authority)];
      const typed: string[] = [];
      for (let turn = 0; turn < 40; turn += 1) {
        const at = Math.floor(next() * 2);
        const seat = seats[at] as Seat;
        if (next() < 0.5) {
          const letter = String.fromCodePoint(0xe000 + typed.length);
          typed.push(letter);
          seat.desk.dispatch(seat.desk.state.tr.insertText(letter, 1 + Math.floor(next() * (seat.desk.state.doc.child(0).content.size + 1))));
        } else seat.happen(Math.floor(next() * 3));
      }
      settle(seats);
      for (const letter of typed) expect(authority.doc.textContent.split(letter).length, `seed ${seed}`).toBe(2);
    }
  });

  test("words typed in a paragraph that another one deletes stay", () => {
    const authority = new Authority(doc(paragraph("een"), paragraph("twee"), paragraph("drie")));
    const [ann, bob] = [new Seat(authority), new Seat(authority)];
    ann.write(doc(paragraph("een"), paragraph("drie")));
    bob.desk.dispatch(bob.desk.state.tr.insertText("NIEUW", 8));
    settle([ann]);
    while (bob.waiting.length > 0) bob.happen(1);
    expect(bob.desk.state.doc.textContent).toContain("NIEUW");
    settle([ann, bob]);
    expect(authority.doc.textContent).toContain("NIEUW");
  });

  test("undo takes back one's own words only", () => {
    const authority = new Authority(doc(paragraph("")));
    const [ann, bob] = [new Seat(authority), new Seat(authority)];
    ann.desk.dispatch(ann.desk.state.tr.insertText("ann ", 1));
    settle([ann, bob]);
    bob.desk.dispatch(bob.desk.state.tr.insertText("bob ", 1));
    settle([ann, bob]);
    undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
    settle([ann, bob]);
    expect(authority.doc.textContent).toBe("bob ");
    expect(bob.desk.state.doc.textContent).toBe("bob ");
    expect(undo(ann.desk.state)).toBe(false);
  });

  test("bold that was chosen before typing stays chosen while others write", () => {
    const authority = new Authority(doc(paragraph("zorg")));
    const [ann, bob] = [new Seat(authority), new Seat(authority)];
    const strong = schema.mark("strong");
    const { state } = ann.desk;
    ann.desk.dispatch(state.tr.setSelection(TextSelection.create(state.doc, 5)).addStoredMark(strong));
    bob.desk.dispatch(bob.desk.state.tr.insertText("de ", 1));
    settle([ann, bob]);
    ann.desk.dispatch(ann.desk.state.tr.insertText("!"));
    settle([ann, bob]);
    const last = authority.doc.child(0).lastChild;
    expect([authority.doc.textContent, last?.text, last?.marks.some((mark) => mark.eq(strong))]).toEqual(["de zorg!", "!", true]);
  });

  test.each([
    { what: "and what one types meanwhile stands in it and is sent after", leaves: false },
    { what: "and all of it at once when the page goes away", leaves: true },
  ])("a large update comes in parts, $what", ({ leaves }) => {
    const authority = new Authority(rows(""));
    const ann = new Seat(authority);
    const next = random(7);
    authority.tell(rows(" heel"), null);
    ann.happen(1);
    const parts = [ann.desk.state.doc];
    expect(parts[0]?.eq(authority.doc)).toBe(false);
    ann.desk.dispatch(ann.desk.state.tr.insertText("NIEUW", 5));
    expect(ann.asked).toEqual([]);
    // A second one waits for the first.
    authority.tell(rows(" heel erg"), null);
    if (leaves) ann.desk.flush();
    else while (ann.asked.length === 0 && ann.happen(Math.floor(next() * 2))) parts.push(ann.desk.state.doc);
    expect(ann.asked.length).toBe(1);
    if (!leaves) expect(parts.length).toBeGreaterThan(7);
    settle([ann]);
    expect(authority.doc.textContent).toContain("NIEUW");
    expect(authority.doc.textContent.replace("NIEUW", "")).toBe(rows(" heel erg").textContent);
    expect(ann.desk.state.doc.eq(authority.doc)).toBe(true);
  });

  test("a text built anew keeps what was typed and not yet sent", () => {
    const authority = new Authority(doc(paragraph("oud")));
    const seat = new Seat(authority);
    seat.desk.dispatch(seat.desk.state.tr.insertText("!", 4));
    seat.desk.onDocument(0, nodesOf(doc(paragraph("oud"), paragraph("nieuw"))), false);
    expect(seat.desk.state.doc.textContent).toBe("oud!nieuw");
  });

  test("an edit in flight outlives a rebuilding, and goes when the core did not take it", () => {
    const seat = new Seat(new Authority(doc(paragraph("oud"))));
    seat.desk.dispatch(seat.desk.state.tr.insertText("!", 4));
    seat.desk.flush();
    seat.desk.dispatch(seat.desk.state.tr.insertText("?", 5));
    seat.desk.onDocument(1, nodesOf(doc(paragraph("het oude"))), false);
    expect([...seat.desk.state.doc.textContent].sort().join("")).toBe([..."het oude!?"].sort().join(""));
    expect(seat.asked.length).toBe(1);
    seat.desk.onDocument(2, nodesOf(doc(paragraph("het oude"))), true);
    expect(seat.desk.state.doc.textContent).not.toContain("!");
    expect(seat.desk.state.doc.textContent).toContain("?");
  });
});

function rows(words: string): Node {
  return doc(...Array.from({ length: 300 }, (_, row) => paragraph(`zorg ${row}${words} dichtbij`)));
}

function nodesOf(of: Node): PmJson[] {
  return of.toJSON().content as PmJson[];
}
