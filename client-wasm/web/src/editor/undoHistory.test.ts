// Undo beside others: it takes back one's own words and does no harm to what others wrote, typed or restored.
import { closeHistory } from "prosemirror-history";
import { TextSelection } from "prosemirror-state";
import { describe, expect, test } from "vitest";
import { anyDocument, doc, editedAtRandom, paragraph, pick, random, type Random } from "./testing.ts";
import { Authority, Seat, settle } from "./testingDesks.ts";
import { canRedo, canUndo, inVain, redo, undo } from "./undoHistory.ts";

function room(text: string): { authority: Authority; ann: Seat; bob: Seat } {
  const authority = new Authority(doc(paragraph(text)));
  return { authority, ann: new Seat(authority), bob: new Seat(authority) };
}

/** Puts `typed` in the place of `words`, letter by letter as from a keyboard; at the end where there are none. */
function write(seat: Seat, words: string, typed: string): void {
  const text = seat.desk.state.doc.textContent;
  const at = words === "" ? text.length : text.indexOf(words);
  if (at < 0) throw new Error(`no "${words}" in "${text}"`);
  writeAt(seat, at, words.length, typed);
}

function writeAt(seat: Seat, at: number, length: number, typed: string): void {
  const { state } = seat.desk;
  seat.desk.dispatch(state.tr.setSelection(TextSelection.create(state.doc, 1 + at, 1 + at + length)));
  // Nothing in its place: by the backspace key.
  const erased = typed === "" ? length : 0;
  for (let left = erased; left > 0; left -= 1) seat.desk.dispatch(seat.desk.state.tr.delete(at + left, 1 + at + left));
  for (const letter of typed) seat.desk.dispatch(seat.desk.state.tr.insertText(letter));
}

function takeBackAll(seat: Seat): void {
  while (undo(seat.desk.state, (transaction) => seat.desk.dispatch(transaction)));
}

/** The text as both have it. */
function agreed({ ann, bob }: ReturnType<typeof room>): string {
  settle([ann, bob]);
  expect(ann.desk.state.doc.eq(bob.desk.state.doc)).toBe(true);
  return ann.desk.state.doc.textContent;
}

test("undo of a space that somebody now leans on says that it changed nothing, and takes no other act in its place", () => {
  const table = room("zorg");
  const { ann, bob } = table;
  const said: string[] = [];
  const press = () =>
    undo(ann.desk.state, (transaction) => {
      ann.desk.dispatch(transaction);
      const asked = inVain(transaction);
      if (asked !== null) said.push(asked);
    });
  writeAt(ann, 0, 0, "de ");
  ann.desk.dispatch(closeHistory(ann.desk.state.tr));
  write(ann, "", " ");
  agreed(table);
  write(bob, "", "thuis");
  expect(agreed(table)).toBe("de zorg thuis");
  const cursor = ann.desk.state.selection.head;
  press();
  expect(agreed(table)).toBe("de zorg thuis");
  expect(ann.desk.state.selection.head).toBe(cursor);
  expect(said).toEqual(["undo"]);
  press();
  expect(agreed(table)).toBe("zorg thuis");
  expect(said).toEqual(["undo"]);
  press();
  expect(said).toEqual(["undo"]);
});

test("whose cursor stands behind a word that somebody else takes out writes on between the words", () => {
  const table = room("aap noot joris mies");
  const { ann, bob } = table;
  ann.desk.dispatch(ann.desk.state.tr.setSelection(TextSelection.create(ann.desk.state.doc, 1 + "aap noot joris".length)));
  write(bob, " joris", "");
  expect(agreed(table)).toBe("aap noot mies");
  for (const letter of " sanne") ann.desk.dispatch(ann.desk.state.tr.insertText(letter));
  expect(agreed(table)).toBe("aap noot sanne mies");
});

describe("undo", { timeout: 60_000 }, () => {
  test.each([
    { before: "zorg in de wijk.", words: "wijk", typed: "buurt", what: "another word" },
    { before: "zorg in de wijk.", words: "wijk", typed: "wil", what: "a word that begins alike" },
    { before: "zorg in de wijk wil.", words: " wijk", typed: "", what: "a word taken out" },
    { before: "zorg in de wijk is.", words: "wijk", typed: "", what: "a word taken out, with two spaces left" },
    { before: "", words: "", typed: "De gemeente regelt vervoer.", what: "a sentence" },
    { before: "Het ziekenhuis betaalt alles nu.", words: "Het ziekenhuis betaalt alles nu", typed: "De gemeente regelt vervoer", what: "a sentence for another" },
  ])("after a restore by somebody else leaves what was restored: $what", ({ before, words, typed }) => {
    const { authority, ann, bob } = room(before);
    write(ann, words, typed);
    settle([ann, bob]);
    authority.tell(doc(paragraph(before)), null);
    settle([ann, bob]);
    takeBackAll(ann);
    settle([ann, bob]);
    expect(authority.doc.textContent).toBe(before);
  });

  test("takes back what nobody worked on, beside words that somebody changed", () => {
    const { authority, ann, bob } = room("zorg");
    write(ann, "", " voor ouderen thuis");
    settle([ann, bob]);
    write(bob, "ouderen", "jongeren");
    settle([ann, bob]);
    takeBackAll(ann);
    settle([ann, bob]);
    expect(authority.doc.textContent).toBe("zorg jongeren");
  });

  test("of a pasted sentence leaves the words that somebody wrote inside it, and redo brings back the rest", () => {
    const { authority, ann, bob } = room("");
    ann.desk.dispatch(ann.desk.state.tr.insertText("een drie", 1));
    settle([ann, bob]);
    write(bob, "drie", "twee drie");
    settle([ann, bob]);
    const [before, told] = [ann.desk.state.doc.textContent, authority.doc.textContent];
    expect(before).toBe(told);
    takeBackAll(ann);
    settle([ann, bob]);
    expect(authority.doc.textContent).toContain("twee");
    expect(authority.doc.textContent).not.toContain("een");
    redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
    settle([ann, bob]);
    expect(authority.doc.textContent).toContain("een twee");
  });

  test("says of an act that a restore left nothing of it, and takes the one before when asked again", () => {
    const table = room("zorg in de wijk.");
    const { authority, ann } = table;
    write(ann, "zorg", "hulp");
    ann.desk.dispatch(closeHistory(ann.desk.state.tr));
    write(ann, "wijk", "buurt");
    agreed(table);
    authority.tell(doc(paragraph("hulp in de wijk.")), null);
    agreed(table);
    expect(canUndo(ann.desk.state)).toBe(true);
    const said: unknown[] = [];
    const press = () =>
      undo(ann.desk.state, (transaction) => {
        said.push(inVain(transaction));
        ann.desk.dispatch(transaction);
      });
    press();
    expect(agreed(table)).toBe("hulp in de wijk.");
    press();
    expect(said).toEqual(["undo", null]);
    expect(agreed(table)).toBe("zorg in de wijk.");
    expect([canUndo(ann.desk.state), canRedo(ann.desk.state)]).toEqual([false, true]);
    redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
    expect(agreed(table)).toBe("hulp in de wijk.");
    authority.tell(doc(paragraph("zorg in de wijk.")), null);
    agreed(table);
    expect(canUndo(ann.desk.state)).toBe(false);
    expect(undo(ann.desk.state)).toBe(false);
  });

  test("without others gives the text as it was, and redo the text as it became", () => {
    const { authority, ann } = room("zorg in de wijk en thuis");
    write(ann, "wijk", "buurt");
    write(ann, " en thuis", "");
    write(ann, "", " erbij");
    takeBackAll(ann);
    expect(ann.desk.state.doc.textContent).toBe("zorg in de wijk en thuis");
    while (redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction)));
    expect(ann.desk.state.doc.textContent).toBe("zorg in de buurt erbij");
    settle([ann]);
    expect(authority.doc.textContent).toBe("zorg in de buurt erbij");
  });

  test("of any edits gives the document as it was, redo as it became, and beside others all end with the same", () => {
    for (let seed = 1; seed <= 80; seed += 1) {
      const next = random(seed);
      const authority = new Authority(anyDocument(next));
      const seats = [new Seat(authority), new Seat(authority)];
      const [ann, bob] = seats as [Seat, Seat];
      const first = ann.desk.state.doc;
      for (let turn = 0; turn < 5; turn += 1) ann.write(editedAtRandom(ann.desk.state.doc, next));
      const last = ann.desk.state.doc;
      takeBackAll(ann);
      expect(ann.desk.state.doc.eq(first), `seed ${seed}: ${ann.desk.state.doc} / ${first}`).toBe(true);
      while (redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction)));
      expect(ann.desk.state.doc.eq(last), `seed ${seed}: ${ann.desk.state.doc} / ${last}`).toBe(true);
      for (let turn = 0; turn < 30; turn += 1) {
        const seat = pick(next, seats);
        const act = next();
        if (act < 0.3) seat.write(editedAtRandom(seat.desk.state.doc, next));
        else if (act < 0.5) pick(next, [undo, undo, redo])(seat.desk.state, (transaction) => seat.desk.dispatch(transaction));
        else seat.happen(Math.floor(next() * 3));
      }
      settle(seats);
      for (const { desk } of [ann, bob]) expect(desk.state.doc.eq(authority.doc), `seed ${seed}: ${desk.state.doc} / ${authority.doc}`).toBe(true);
    }
  });

  test("glues no two words and takes none of what was restored, whatever was written before", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const next = random(seed);
      const first = sentence(next);
      const { authority, ann, bob } = room(first);
      const states = [first];
      for (let turn = 0; turn < 6; turn += 1) {
        const seat = next() < 0.6 ? ann : bob;
        const words = seat.desk.state.doc.textContent.split(" ");
        const which = Math.floor(next() * words.length);
        const at = words.slice(0, which).join(" ").length + Math.min(which, 1);
        const length = words[which]?.length ?? 0;
        if (next() < 0.3 && words.length > 2) writeAt(seat, Math.max(at - 1, 0), length + 1, "");
        else if (next() < 0.6) writeAt(seat, at, length, pick(next, lexicon));
        else writeAt(seat, at, 0, `${sentence(next)} `);
        settle([ann, bob]);
        states.push(authority.doc.textContent);
      }
      const gone = authority.doc.textContent.split(" ");
      const restored = pick(next, states);
      authority.tell(doc(paragraph(restored)), null);
      settle([ann, bob]);
      takeBackAll(ann);
      settle([ann, bob]);
      const words = authority.doc.textContent.split(" ").filter((word) => word !== "");
      const said = `seed ${seed}: "${gone.join(" ")}" to "${restored}" became "${words.join(" ")}"`;
      expect(words.filter((word) => !lexicon.includes(word)), said).toEqual([]);
      // Of a word that goes on as another version of itself ("zorg", "zorgen") the letters may be one's own.
      const isNew = (word: string) => !gone.some((other) => other.startsWith(word) || word.startsWith(other));
      for (const word of restored.split(" ")) if (isNew(word)) expect(words, said).toContain(word);
      expect(ann.desk.state.doc.eq(authority.doc), said).toBe(true);
    }
  });
});

const lexicon = ["de", "wijk", "wijkteam", "wil", "buurt", "buren", "zorg", "zorgen", "hulp", "thuis", "dag", "dagen", "nacht", "ouderen", "met", "samen"];

function sentence(next: Random): string {
  return Array.from({ length: 2 + Math.floor(next() * 4) }, () => pick(next, lexicon)).join(" ");
}
