// A restore to the text just before another one is told as undoing it, and any other as the restore that it is.
import { expect, test } from "vitest";
import type { HistoryEntry } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { sentenceOf } from "./entry.ts";
import { undoneBy } from "./undone.ts";

const say = await dutch("2026-11-22T12:00:00Z");
const actor = { person: { id: "m", name: "Marijke" }, party: { id: "g", name: "Gemeente Aardal" } };

function restore(fromPosition: number, toPosition: number, restoredTo: number | null, more: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    kind: "restored",
    fromPosition,
    toPosition,
    startedAt: "2026-11-22T06:12:00Z",
    endedAt: "2026-11-22T06:12:00Z",
    people: [{ actor, source: "writer", insertedCharacters: 3, deletedCharacters: 4 }],
    excerpt: null,
    excerptChange: null,
    restoredTo,
    restoredAt: "2026-11-22T05:00:00Z",
    sectionTitle: null,
    ...more,
  };
}

// Between the text before a restore and its last change others may have written elsewhere in the plan.
const first = restore(20, 26, 9);
const undo = restore(30, 34, 20, { endedAt: "2026-11-22T06:15:00Z" });
const told = (entries: readonly HistoryEntry[], entry: HistoryEntry) => sentenceOf(entry, say, undoneBy(entries, entry.toPosition));

test("an undo names the restore that it took back, and by when that was", () => {
  expect(told([undo, first], undo)).toBe("Marijke (Gemeente Aardal) maakte het terugzetten van vandaag 07:12 ongedaan");
  expect(told([undo, first], first)).toBe("Marijke (Gemeente Aardal) zette de hele tekst terug naar de tekst van vandaag 06:00");
});

test("an undo of an undo takes back the undo", () => {
  const again = restore(40, 44, 30);
  expect(undoneBy([again, undo, first], 44)).toBe(undo);
});

test("every position of a restore is one of it, and those around it are not", () => {
  expect([30, 31, 34, 35].map((position) => undoneBy([undo, first], position))).toEqual([null, first, first, null]);
});

test("what cannot be told to be an undo is told as it was", () => {
  const elsewhere = restore(30, 34, 21);
  const ofSection = restore(30, 34, 20, { sectionTitle: "Wie doet wat" });
  const erased = restore(30, 34, null);
  for (const other of [elsewhere, ofSection, erased]) expect(undoneBy([other, first], 34)).toBeNull();
  expect(undoneBy([undo], 34), "the other one is on a page of the history that was not asked for").toBeNull();
});

test("a section that came back and went again is an undo too", () => {
  const section = { sectionTitle: "Wie doet wat" };
  expect(undoneBy([restore(30, 34, 20, section), restore(20, 26, 9, section)], 34)?.toPosition).toBe(26);
  expect(undoneBy([restore(30, 34, 20), restore(20, 26, 9, section)], 34)?.toPosition, "by way of the whole text, which had no such section").toBe(26);
});
