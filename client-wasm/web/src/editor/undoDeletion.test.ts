// Undo of what one took out, beside what somebody else wrote there: it comes back whole, and nothing else goes or comes.
import { closeHistory } from "prosemirror-history";
import { expect, test } from "vitest";
import { doc, paragraph, pick, random, type Random } from "./testing.ts";
import type { PmJson, TopRange } from "./port.ts";
import type { StayedRun } from "./stayed.ts";
import { Authority, deskOf, Seat, settle } from "./testingDesks.ts";
import { Ledger, place, textOf, type, words } from "./testingLedger.ts";
import { canRedo, canUndo, inVain, redo, undo } from "./undoHistory.ts";

/** Presses the key once; answers whether it said that nothing may go or come. */
function press(seat: Seat, key: typeof undo): boolean {
  let isVain = false;
  key(seat.desk.state, (transaction) => {
    isVain ||= inVain(transaction) !== null;
    seat.desk.dispatch(transaction);
  });
  return isVain;
}

function remove(seat: Seat, at: number, length: number): void {
  seat.desk.dispatch(seat.desk.state.tr.delete(1 + at, 1 + at + length));
}

function room(first: string): { ann: Seat; bob: Seat } {
  const authority = new Authority(doc(paragraph(first)));
  return { ann: new Seat(authority), bob: new Seat(authority) };
}

const Z1 = "Zorg begint. De ploeg komt binnen dertig minuten. Klaar.";
const PLOEG = " De ploeg komt binnen dertig minuten.";

test.each([
  { what: "a sentence in its place", at: "Zorg begint.", typed: " Echt.", after: "Zorg begint. De ploeg komt binnen dertig minuten. Echt. Klaar." },
  { what: "on to the word before", at: "Zorg begint", typed: " nu", after: "Zorg begint nu. De ploeg komt binnen dertig minuten. Klaar." },
  { what: "a word before the next", at: "Zorg begint. ", typed: "Bijna. ", after: "Zorg begint. De ploeg komt binnen dertig minuten. Bijna. Klaar." },
  { what: "one word further away", at: "Zorg", typed: " thuis", after: "Zorg thuis begint. De ploeg komt binnen dertig minuten. Klaar." },
])("a sentence comes back beside what somebody wrote meanwhile: $what", ({ at, typed, after }) => {
  const { ann, bob } = room(Z1);
  type(ann, 0, "Eerst dit. ");
  ann.desk.dispatch(closeHistory(ann.desk.state.tr));
  remove(ann, textOf(ann).indexOf(PLOEG), PLOEG.length);
  settle([ann, bob]);
  type(bob, textOf(bob).indexOf(at) + at.length, typed);
  settle([ann, bob]);
  const before = textOf(ann);
  expect(press(ann, undo)).toBe(false);
  settle([ann, bob]);
  expect([textOf(ann), textOf(bob)]).toEqual([`Eerst dit. ${after}`, `Eerst dit. ${after}`]);
  press(ann, redo);
  expect(textOf(ann)).toBe(before);
});

test("a sentence comes back beside what somebody wrote inside it at the same moment", () => {
  const { ann, bob } = room(Z1);
  type(bob, Z1.indexOf(" binnen"), " echt wel snel");
  remove(ann, Z1.indexOf(PLOEG), PLOEG.length);
  settle([ann, bob]);
  expect(textOf(ann)).toBe("Zorg begint. echt wel snel Klaar.");
  press(ann, undo);
  settle([ann, bob]);
  expect([textOf(ann), textOf(bob)]).toEqual([`Zorg begint.${PLOEG} echt wel snel Klaar.`, `Zorg begint.${PLOEG} echt wel snel Klaar.`]);
});

test("what the core puts around what somebody wrote inside it is what redo takes again, and nothing else", () => {
  const asked: TopRange[] = [];
  const desk = deskOf({ edit: (_, range) => asked.push(range), select: () => undefined }, []);
  const tell = (base: number, confirms: boolean, text: string, stayed: StayedRun[]) => {
    desk.onUpdate({ base, version: base + 1, confirms, ranges: [{ from: 0, to: 1, nodes: [paragraph(text).toJSON() as PmJson] }], stayed });
  };
  const pressKey = (key: typeof undo) => key(desk.state, (transaction) => desk.dispatch(transaction));
  const [start, gone] = ["Zij ", "komt elke dag"];
  desk.onDocument(0, [paragraph(`${start}${gone}.`).toJSON() as PmJson], false);
  desk.dispatch(desk.state.tr.delete(1 + start.length, 1 + start.length + gone.length));
  desk.flush();
  tell(0, true, "Zij .", [[0, 0, 5], [18, 5, 1]]);
  tell(1, false, "Zij  nu echt.", [[0, 0, 5], [5, 13, 1]]);
  pressKey(undo);
  desk.flush();
  expect(asked.map(({ back }) => back)).toEqual([undefined, [[0, 0, 5], [5, 18, 9]]]);
  tell(2, true, "Zij komt nu echt elke dag.", [[0, 0, 5], [5, 9, 8], [13, 26, 1]]);
  expect(desk.state.doc.textContent).toBe("Zij komt nu echt elke dag.");
  expect(desk.state.selection.head).toBe(1 + "Zij komt nu echt elke dag".length);
  pressKey(redo);
  desk.flush();
  expect(desk.state.doc.textContent).toBe("Zij  nu echt.");
});

test("where the paragraph itself is gone the key says so, and the next press takes the act before", () => {
  const authority = new Authority(doc(paragraph("Eerst."), paragraph("Dan dit."), paragraph("Klaar.")));
  const [ann, bob] = [new Seat(authority), new Seat(authority)];
  type(ann, 6, " Nieuw.");
  ann.desk.dispatch(closeHistory(ann.desk.state.tr));
  remove(ann, textOf(ann).indexOf("Dan") + 2, 3);
  settle([ann, bob]);
  authority.tell(doc(paragraph("Eerst. Nieuw."), paragraph("Klaar.")), null);
  settle([ann, bob]);
  expect(canUndo(ann.desk.state)).toBe(true);
  expect(press(ann, undo)).toBe(true);
  expect(textOf(ann)).toBe("Eerst. Nieuw.Klaar.");
  expect(press(ann, undo)).toBe(false);
  settle([ann, bob]);
  expect(textOf(bob)).toBe("Eerst.Klaar.");
});

test.each([
  { what: "each undoes it", keys: [["bob", undo, false], ["ann", undo, true], ["bob", redo, false]] },
  { what: "the other undoes it", keys: [["bob", undo, false]] },
] as const)("of what two took out at once every key is about that, and takes no older act in its place: $what", ({ keys }) => {
  const { ann, bob } = room("");
  type(ann, 0, "de wijkverpleging werkt samen");
  settle([ann, bob]);
  const first = textOf(ann);
  ann.desk.dispatch(closeHistory(ann.desk.state.tr));
  for (const seat of [ann, bob]) remove(seat, first.indexOf("r"), 1);
  settle([ann, bob]);
  for (const [who, key, isVain] of keys) {
    expect(press(who === "ann" ? ann : bob, key)).toBe(isVain);
    settle([ann, bob]);
  }
  const before = textOf(ann);
  for (const key of keys.length === 1 ? [undo, redo, undo] : [redo, undo, redo, undo]) {
    expect(press(ann, key)).toBe(true);
    settle([ann, bob]);
    expect([textOf(ann), textOf(bob)]).toEqual([before, before]);
  }
  press(ann, undo);
  settle([ann, bob]);
  expect(textOf(bob)).not.toContain("samen");
});

test("of what somebody else took out at the same moment, and more, undo says that it is gone, and takes no older act", () => {
  const { ann, bob } = room("");
  type(ann, 0, "de wijkverpleging werkt samen");
  settle([ann, bob]);
  ann.desk.dispatch(closeHistory(ann.desk.state.tr));
  const at = textOf(ann).indexOf("werkt");
  remove(bob, at - 1, 7);
  settle([bob]);
  remove(ann, at, 5);
  settle([ann, bob]);
  for (const key of [undo, redo, undo]) {
    expect(press(ann, key)).toBe(true);
    settle([ann, bob]);
    expect([textOf(ann), textOf(bob)]).toEqual(Array(2).fill("de wijkverplegingsamen"));
  }
  expect(press(ann, undo)).toBe(false);
  expect(textOf(ann)).toBe("");
});

/** Takes some words out, with a space beside them or without, by one key or letter by letter; answers where and what. */
function takeOut(seat: Seat, next: Random): { at: number; gone: string } {
  const text = textOf(seat);
  const [one, other] = [place(text, next), place(text, next)];
  const [at, end] = one < other ? [one, other] : [other, Math.min(one + 1, text.length)];
  const way = next();
  if (way < 0.4) remove(seat, at, end - at);
  else for (let left = end - at; left > 0; left -= 1) remove(seat, way < 0.7 ? at + left - 1 : at, 1);
  return { at, gone: text.slice(at, end) };
}

test("whatever words go and wherever somebody else writes, they come back, and nothing of anybody's is touched", { timeout: 60_000 }, () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const next = random(seed);
    const ledger = new Ledger(false);
    const { ann, bob } = room(ledger.type(pick(next, ["xxx xx xx xxx", "xx xxx", "xx xx xxx xx xx"]), "first", 0));
    if (next() < 0.7) type(ann, place(textOf(ann), next), ledger.type(pick(next, [" xx", "xx ", "xx xx"]), "ann", 1));
    ann.desk.dispatch(closeHistory(ann.desk.state.tr));
    settle([ann, bob]);
    const writes = (at: number) => type(bob, Math.min(at, textOf(bob).length), ledger.type(pick(next, [" xx", "xx ", "x", " ", " xx xx "]), "bob", 2));
    const atTheMoment = next() < 0.4;
    if (atTheMoment) writes(place(textOf(bob), next));
    const { at, gone } = takeOut(ann, next);
    if (gone === "") continue;
    settle([ann, bob]);
    for (let count = atTheMoment ? 0 : 1 + Math.floor(next() * 2); count > 0; count -= 1) {
      writes(next() < 0.6 ? Math.max(at + pick(next, [-1, 0, 0, 0, 1]), 0) : place(textOf(bob), next));
      settle([ann, bob]);
    }
    const before = textOf(ann);
    expect(canUndo(ann.desk.state)).toBe(true);
    expect(press(ann, undo)).toBe(false);
    const after = textOf(ann);
    const said = `seed ${seed}: "${gone}" in "${before}" became "${after}"`;
    const known = [...after].filter((letter) => ledger.origins.has(letter));
    expect(known.filter((letter) => gone.includes(letter)).join(""), said).toBe(gone);
    expect(known.filter((letter) => !gone.includes(letter)).join(""), said).toBe(before);
    for (const word of words(before)) if (!ledger.isOlder(word, 1)) expect(words(after), said).toContain(word);
    expect(canRedo(ann.desk.state), said).toBe(true);
    press(ann, redo);
    expect(textOf(ann), `${said}, done again`).toBe(before);
    press(ann, undo);
    expect(textOf(ann), `${said}, taken back again`).toBe(after);
    settle([ann, bob]);
    expect(textOf(bob), said).toBe(after);
  }
});

test("every press is about one act: its own words go, what it took out comes back, or it says that neither may be", { timeout: 60_000 }, () => {
  let [vain, came] = [0, 0];
  for (let seed = 1; seed <= 300; seed += 1) {
    const next = random(seed);
    const ledger = new Ledger(false);
    const { ann, bob } = room(ledger.type("xxx xx xx xxx", "first", 0));
    const acts: { typed: string; gone: string }[] = [];
    for (let turn = 1; turn <= 7; turn += 1) {
      const act = next();
      if (act < 0.3 && textOf(ann) !== "") acts.push({ typed: "", gone: takeOut(ann, next).gone });
      else if (act < 0.5) {
        const typed = ledger.type(pick(next, [" xx", "xx ", "xx xx"]), "ann", turn);
        type(ann, place(textOf(ann), next), typed);
        acts.push({ typed, gone: "" });
      } else if (act < 0.65 && textOf(bob) !== "") takeOut(bob, next);
      else type(bob, place(textOf(bob), next), ledger.type(pick(next, [" xx", "xx ", "x", " "]), "bob", turn));
      ann.desk.dispatch(closeHistory(ann.desk.state.tr));
      settle([ann, bob]);
    }
    for (const { typed, gone } of acts.filter((act) => act.typed + act.gone !== "").toReversed()) {
      const before = textOf(ann);
      const isVain = press(ann, undo);
      const after = textOf(ann);
      const said = `seed ${seed}: +"${typed}" -"${gone}" in "${before}" became "${after}"`;
      const isKnown = (letter: string) => ledger.origins.has(letter);
      const [went, comes] = [[...before].filter((letter) => isKnown(letter) && !after.includes(letter)), [...after].filter((letter) => isKnown(letter) && !before.includes(letter))];
      expect(went.filter((letter) => !typed.includes(letter)), said).toEqual([]);
      expect(comes.join(""), said).toBe(gone);
      expect(isVain, said).toBe(before === after);
      if (isVain) vain += 1;
      else came += 1;
      expect(press(ann, redo), `${said}, done again`).toBe(isVain);
      expect(textOf(ann), `${said}, done again`).toBe(before);
      expect(press(ann, undo), `${said}, taken back again`).toBe(isVain);
      expect(textOf(ann), `${said}, taken back again`).toBe(after);
      settle([ann, bob]);
    }
  }
  expect(vain).toBeGreaterThan(20);
  expect(came).toBeGreaterThan(400);
});

test.each([
  { gone: " samen", length: 1, other: "g werkt", after: "de wijkverplegin werkt samen met het team." },
  { gone: "amen", length: 1, other: "t samen", after: "de wijkverpleging werk samen met het team." },
  { gone: " met", length: 4, other: "n met", after: "de wijkverpleging werkt same met het team." },
])("what went comes back where it stood after somebody took out a letter near it: $gone", ({ gone, length, other, after }) => {
  const { ann, bob } = room("de wijkverpleging werkt samen met het team.");
  const [hers, his] = [textOf(ann).indexOf(gone), textOf(ann).indexOf(other)];
  remove(ann, hers, length);
  settle([ann, bob]);
  remove(bob, his, 1);
  settle([ann, bob]);
  press(ann, undo);
  settle([ann, bob]);
  expect([textOf(ann), textOf(bob)]).toEqual([after, after]);
});

test.each([
  { what: "a letter in the next word", gone: "g werkt", length: 1, behind: "plegin ", typed: "g", after: "de wijkverpleging gwerkt samen." },
  { what: "a space in the next word", gone: " samen", length: 1, behind: "sa", typed: " ", after: "de wijkverpleging werkt sa men." },
])("what somebody typed further on is not what went, though it reads alike: $what", ({ gone, length, behind, typed, after }) => {
  const { ann, bob } = room("de wijkverpleging werkt samen.");
  remove(ann, textOf(ann).indexOf(gone), length);
  settle([ann, bob]);
  type(bob, textOf(bob).indexOf(behind) + behind.length, typed);
  settle([ann, bob]);
  const before = textOf(ann);
  expect(press(ann, undo)).toBe(false);
  settle([ann, bob]);
  expect([textOf(ann), textOf(bob)]).toEqual([after, after]);
  press(ann, redo);
  expect(textOf(ann)).toBe(before);
});

test.each([
  { what: "in its place", back: "de wijk werkt samen.", gone: " werkt" },
  { what: "where equal spaces leave a choice", back: "de wijk werkt samen.", gone: "werkt " },
])("what others brought back in the gap is not given twice: $what", ({ back, gone }) => {
  const authority = new Authority(doc(paragraph(back)));
  const [ann, bob] = [new Seat(authority), new Seat(authority)];
  remove(ann, back.indexOf(gone), gone.length);
  settle([ann, bob]);
  authority.tell(doc(paragraph(back)), null);
  settle([ann, bob]);
  expect(press(ann, undo)).toBe(true);
  expect(textOf(ann)).toBe(back);
});
