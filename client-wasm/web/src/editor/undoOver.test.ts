// Undo and redo of words typed over others, beside what somebody wrote in either: the one goes and the other comes back, and each key
// gives just what the one before it took.
import { closeHistory } from "prosemirror-history";
import { TextSelection } from "prosemirror-state";
import { expect, test } from "vitest";
import { doc, paragraph, pick, random } from "./testing.ts";
import { Authority, Seat, settle } from "./testingDesks.ts";
import { Ledger, lettersOf, place, textOf, type, words } from "./testingLedger.ts";
import { redo, undo } from "./undoHistory.ts";

function room(first: string): { ann: Seat; bob: Seat } {
  const authority = new Authority(doc(paragraph(first)));
  return { ann: new Seat(authority), bob: new Seat(authority) };
}

type Way = "keys" | "paste";

/** Puts words in the place of a stretch. */
function over(seat: Seat, at: number, length: number, typed: string, way: Way): void {
  const { desk } = seat;
  desk.dispatch(closeHistory(desk.state.tr).setSelection(TextSelection.create(desk.state.doc, 1 + at, 1 + at + length)));
  for (const part of way === "keys" ? typed : [typed]) desk.dispatch(desk.state.tr.insertText(part));
}

function press({ ann, bob }: ReturnType<typeof room>, key: typeof undo): string {
  key(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
  settle([ann, bob]);
  expect(textOf(bob)).toBe(textOf(ann));
  return textOf(ann);
}

const FIRST = "Wij helpen buren in dezelfde straat.";

test.each([
  { behind: "buren in ", typed: "yy ", after: "Wij helpen yy mensen om hen heen." },
  { behind: "dezelfde straat", typed: "xx", after: "Wij helpen straatxx mensen om hen heen." },
  { behind: "bu", typed: "xx", after: "Wij helpen buxxren mensen om hen heen." },
])("redo takes the old words around what somebody wrote in them: $typed behind $behind", ({ behind, typed, after }) => {
  for (const way of ["keys", "paste"] as const) {
    const both = room(FIRST);
    over(both.ann, FIRST.indexOf("buren"), "buren in dezelfde straat".length, "mensen om hen heen", way);
    settle([both.ann, both.bob]);
    expect(press(both, undo)).toBe(FIRST);
    type(both.bob, FIRST.indexOf(behind) + behind.length, typed);
    settle([both.ann, both.bob]);
    const before = textOf(both.ann);
    expect([press(both, redo), press(both, undo), press(both, redo)]).toEqual([after, before, after]);
  }
});

test("undo takes pasted words around what somebody wrote in them, and redo and undo give and take the same", () => {
  const both = room(FIRST);
  over(both.ann, FIRST.indexOf("buren"), "buren in dezelfde straat".length, "mensen om hen heen", "paste");
  settle([both.ann, both.bob]);
  type(both.bob, textOf(both.bob).indexOf("hen"), "yy ");
  settle([both.ann, both.bob]);
  const before = textOf(both.ann);
  const after = "Wij helpen yy buren in dezelfde straat.";
  expect([press(both, undo), press(both, redo), press(both, undo)]).toEqual([after, before, after]);
});

test("whatever goes and comes and wherever somebody else writes, each key gives what the one before took, and no word of theirs changes", { timeout: 60_000 }, () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const next = random(seed);
    const ledger = new Ledger(false);
    const both = room(ledger.type("xxx xx xx xxx xx", "first", 0));
    const { ann, bob } = both;
    const first = textOf(ann);
    const chosen = [pick(next, words(first)), pick(next, words(first))].map((word) => first.indexOf(word));
    const at = Math.min(...chosen);
    const gone = first.slice(at, Math.max(...chosen)) + (words(first.slice(Math.max(...chosen)))[0] ?? "");
    const typed = ledger.type(pick(next, ["xx", "xxx xx", "xx xx xx", "x"]), "ann", 1);
    over(ann, at, gone.length, typed, pick(next, ["keys", "paste"]));
    settle([ann, bob]);
    const isUndone = next() < 0.5;
    if (isUndone) press(both, undo);
    for (let count = 1 + Math.floor(next() * 2); count > 0; count -= 1) {
      const where = next() < 0.7 ? at + Math.floor(next() * (1 + Math.max(typed.length, gone.length))) : place(textOf(bob), next);
      type(bob, Math.min(where, textOf(bob).length), ledger.type(pick(next, [" xx", "xx ", "x", " xx "]), "bob", 2));
      settle([ann, bob]);
    }
    const before = textOf(ann);
    const [key, back, comes] = isUndone ? [redo, undo, typed] as const : [undo, redo, gone] as const;
    const after = press(both, key);
    const said = `seed ${seed}: "${isUndone ? gone : typed}" for "${comes}" in "${before}" became "${after}"`;
    const isOf = (texts: string) => [...lettersOf(after)].filter((letter) => texts.includes(letter)).join("");
    expect(isOf(comes), said).toBe(lettersOf(comes));
    const others = (text: string) => [...lettersOf(text)].filter((letter) => !typed.includes(letter) && !gone.includes(letter)).join("");
    expect(others(after), said).toBe(others(before));
    for (const word of words(before)) if (!ledger.isOlder(word, 1)) expect(words(after), said).toContain(word);
    expect(press(both, back), `${said}, and back`).toBe(before);
    expect(press(both, key), `${said}, and again`).toBe(after);
  }
});
