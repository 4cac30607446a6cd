// Two writers at the same borders of words: undo takes exactly what one wrote oneself in that act, and nothing of the other's.
import { closeHistory } from "prosemirror-history";
import { describe, expect, test } from "vitest";
import { doc, paragraph, pick, random, type Random } from "./testing.ts";
import { Authority, Seat, settle } from "./testingDesks.ts";
import { isLetter, Ledger, lettersOf, place, textOf, type, words } from "./testingLedger.ts";
import { canRedo, canUndo, redo, undo } from "./undoHistory.ts";

interface Act {
  readonly turn: number;
  readonly typed: string;
}

interface Room {
  readonly ledger: Ledger;
  readonly ann: Seat;
  readonly bob: Seat;
  /** Who writes has always seen what the other wrote. */
  readonly isByTurns: boolean;
}

/** What both wrote; answers the acts of Ann. */
function write({ ledger, ann, bob, isByTurns }: Room, next: Random): Act[] {
  const acts: Act[] = [];
  let last = 0;
  for (let turn = 1; turn <= 6; turn += 1) {
    if (turn === 1 || next() < 0.4) {
      const typed = ledger.type(pick(next, ["xx", "xxx", " xx", "xx ", " xx ", "x x", " ", "xx xx"]), "ann", turn);
      ann.desk.dispatch(closeHistory(ann.desk.state.tr));
      last = place(textOf(ann), next);
      type(ann, last, typed);
      acts.push({ turn, typed });
    } else {
      // Mostly right before what she typed.
      const at = next() < 0.5 ? Math.min(last, textOf(bob).length) : place(textOf(bob), next);
      type(bob, at, ledger.type(pick(next, [" ", " ", "x", " x", "x ", "  "]), "bob", turn));
    }
    if (isByTurns || next() < 0.4) settle([ann, bob]);
    else for (let left = Math.floor(next() * 4); left > 0; left -= 1) pick(next, [ann, bob]).happen(Math.floor(next() * 3));
  }
  settle([ann, bob]);
  return acts;
}

const spaces = (text: string) => text.length - lettersOf(text).length;

/** What the text may become when an act is taken back. */
function expectTaken({ ledger, isByTurns }: Room, { turn, typed }: Act, [before, after]: readonly [string, string], said: string): void {
  const isOwn = (letter: string) => ledger.isOf(letter, "ann", turn);
  const others = (text: string) => [...text].filter((letter) => !isOwn(letter)).join("");
  expect(others(lettersOf(after)), said).toBe(others(lettersOf(before)));
  if (!ledger.areAlike) expect(others(after), said).toBe(others(before));
  for (const word of words(before)) {
    const own = [...word].filter(isOwn);
    const stay = own.filter((letter) => after.includes(letter));
    expect([0, own.length], `${said}: of "${word}" a part went`).toContain(stay.length);
    // Of what was written at the same moment the turns do not say what came first.
    if (own.length > 0 && isByTurns) expect(stay.length === 0, `${said}: "${word}" was cut, or stayed`).toBe(ledger.isOlder(word, turn));
  }
  for (const word of words(after)) {
    if (!before.includes(word)) expect(ledger.isOlder(word, turn), `${said}: "${word}" was joined or cut`).toBe(true);
  }
  expect(spaces(after), said).toBeLessThanOrEqual(spaces(before));
  const stay = spaces(after) - (spaces(before) - spaces(typed));
  expect(stay, said).toBeGreaterThanOrEqual(0);
  // What stays of one's own spaces parts two words.
  const parting = [...after].filter((letter, at) => !isLetter(letter) && isLetter(after[at - 1]) && isLetter(after[at + 1]) && (ledger.areAlike || isOwn(letter)));
  expect(stay, said).toBeLessThanOrEqual(parting.length);
}

describe.each([
  { what: "spaces that tell whose they are", areAlike: false },
  { what: "equal spaces", areAlike: true },
])("undo beside somebody at the same borders, $what", { timeout: 60_000 }, ({ areAlike }) => {
  test("takes exactly the act's own letters, and redo brings them back", () => {
    let went = 0;
    for (let seed = 1; seed <= 300; seed += 1) {
      const next = random(seed);
      const ledger = new Ledger(areAlike);
      const authority = new Authority(doc(paragraph(ledger.type(pick(next, ["xxx xx", "xx", "xx xx xxx", ""]), "first", 0))));
      const room = { ledger, ann: new Seat(authority), bob: new Seat(authority), isByTurns: seed % 2 === 0 };
      const { ann, bob } = room;
      for (const act of write(room, next).toReversed()) {
        const before = textOf(ann);
        const can = canUndo(ann.desk.state);
        undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
        const after = textOf(ann);
        const said = `seed ${seed}, act ${act.turn}: "${before}" became "${after}"`;
        // An act of which nothing may go is said to be in vain, and no other goes in its place.
        if (before === after) continue;
        expect(can, said).toBe(true);
        expectTaken(room, act, [before, after], said);
        went += 1;
        expect(canRedo(ann.desk.state), said).toBe(true);
        redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
        expect(textOf(ann), `${said}, redone`).toBe(before);
        undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
        expect(textOf(ann), `${said}, taken back again`).toBe(after);
        settle([ann, bob]);
        expect(textOf(bob), said).toBe(textOf(ann));
      }
    }
    expect(went).toBeGreaterThan(450);
  });
});

describe.each([
  { what: "spaces that tell whose they are", areAlike: false },
  { what: "equal spaces", areAlike: true },
])("redo beside what somebody wrote after the undo, $what", { timeout: 60_000 }, ({ areAlike }) => {
  test("gives back all that undo took, and changes no word of theirs", () => {
    let came = 0;
    for (let seed = 1; seed <= 400; seed += 1) {
      const next = random(seed);
      const ledger = new Ledger(areAlike);
      const authority = new Authority(doc(paragraph(ledger.type(pick(next, ["xxx xx", "xx", "xx xx xxx", ""]), "first", 0))));
      const [ann, bob] = [new Seat(authority), new Seat(authority)];
      const typed = ledger.type(pick(next, ["xx", "xxx", " xx", "xx ", " xx ", "x x", "xx xx", "x"]), "ann", 1);
      const at = place(textOf(ann), next);
      type(ann, at, typed);
      settle([ann, bob]);
      undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
      settle([ann, bob]);
      for (let turn = 2; turn < 5; turn += 1) {
        const where = next() < 0.6 ? Math.min(at, textOf(bob).length) : place(textOf(bob), next);
        type(bob, where, ledger.type(pick(next, [" ", "x", " x", "x ", "xx", " xx "]), "bob", turn));
        settle([ann, bob]);
      }
      const before = textOf(ann);
      redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
      const after = textOf(ann);
      const said = `seed ${seed}: "${typed}" in "${before}" became "${after}"`;
      const isOwn = (letter: string) => ledger.isOf(letter, "ann", 1);
      expect([...after].filter(isOwn).join(""), said).toBe([...typed].filter(isOwn).join(""));
      expect([...lettersOf(after)].filter((letter) => !isOwn(letter)).join(""), said).toBe(lettersOf(before));
      // A word of theirs stands as it stood, beside what came back.
      for (const word of words(before)) {
        if (ledger.isOlder(word, 1)) continue;
        expect(words(after), said).toContain(word);
      }
      undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
      expect(textOf(ann), `${said}, taken back again`).toBe(before);
      redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
      expect(textOf(ann), `${said}, done again`).toBe(after);
      settle([ann, bob]);
      expect(textOf(bob), said).toBe(after);
      came += 1;
    }
    expect(came).toBe(400);
  });
});

test("redo gives back no word that a restore had brought back meanwhile", () => {
  const authority = new Authority(doc(paragraph("Zorg")));
  const [ann, bob] = [new Seat(authority), new Seat(authority)];
  type(ann, 4, " thuis");
  settle([ann, bob]);
  undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  settle([ann, bob]);
  authority.tell(doc(paragraph("Zorg thuis")), null);
  settle([ann, bob]);
  expect(canRedo(ann.desk.state)).toBe(false);
  redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  expect(textOf(ann)).toBe("Zorg thuis");
});

test.each([
  { typed: "hulp", after: "De hulp zorg" },
  { typed: "hulp ", after: "De hulp zorg" },
  { typed: "zorgverlener", after: "De zorgverlener zorg" },
])("redo gives a word back beside $typed, and parts the two", ({ typed, after }) => {
  const authority = new Authority(doc(paragraph("De ")));
  const [ann, bob] = [new Seat(authority), new Seat(authority)];
  type(ann, 3, "zorg");
  settle([ann, bob]);
  undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  settle([ann, bob]);
  type(bob, 3, typed);
  settle([ann, bob]);
  redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  settle([ann, bob]);
  expect([textOf(ann), textOf(bob)]).toEqual([after, after]);
});

test("redo of a word in the place of another gives it back beside the old one that somebody made longer", () => {
  const authority = new Authority(doc(paragraph("de wijk en")));
  const [ann, bob] = [new Seat(authority), new Seat(authority)];
  ann.desk.dispatch(ann.desk.state.tr.insertText("b", 4, 8));
  type(ann, 4, "uurt");
  settle([ann, bob]);
  expect(textOf(bob)).toBe("de buurt en");
  undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  settle([ann, bob]);
  type(bob, 7, "team");
  settle([ann, bob]);
  redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  expect(textOf(ann)).toBe("de wijkteam buurt en");
});

test("a word goes from behind a space that somebody else doubled, with one's own space and not with theirs", () => {
  const authority = new Authority(doc(paragraph("Zorg")));
  const [ann, bob] = [new Seat(authority), new Seat(authority)];
  type(ann, 4, " thuis");
  settle([ann, bob]);
  type(bob, 5, " ");
  settle([ann, bob]);
  expect(textOf(ann)).toBe("Zorg  thuis");
  undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  expect(textOf(ann)).toBe("Zorg ");
  expect(canUndo(ann.desk.state)).toBe(false);
  redo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  expect(textOf(ann)).toBe("Zorg  thuis");
});
