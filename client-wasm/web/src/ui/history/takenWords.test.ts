// What a restore took of one's own words is told once, also to who was away when it happened.
import { expect, test } from "vitest";
import type { TakenByRestore } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { isOf, knownAtFirst, takenLine, untold } from "./takenWords.ts";

const say = await dutch("2026-11-22T12:00:00Z");
const actor = { person: { id: "m", name: "Marijke" }, party: { id: "g", name: "Gemeente Aardal" } };

function taken(more: Partial<TakenByRestore["restore"]> = {}, count = 12): TakenByRestore {
  return {
    restore: {
      kind: "restored",
      fromPosition: 30,
      toPosition: 34,
      startedAt: "2026-11-22T06:15:00Z",
      endedAt: "2026-11-22T06:15:00Z",
      people: [{ actor, source: "writer", insertedCharacters: 3, deletedCharacters: 4 }],
      insertedWords: { excerpts: [], more: 0 },
      deletedWords: { excerpts: [], more: 0 },
      restoredTo: 20,
      sectionTitle: null,
      undoes: null,
      ...more,
    },
    count,
    words: { excerpts: [{ words: "samen thuis", writtenBy: [] }], more: 0 },
  };
}

test("the loss comes first, then who did it, when and to what", () => {
  expect(takenLine(taken(), say)).toBe("12 woorden van u verdwenen toen Marijke (Gemeente Aardal) vandaag 07:15 de hele tekst terugzette.");
  expect(takenLine(taken({ sectionTitle: "Wie doet wat" }, 1), say)).toBe("1 woord van u verdween toen Marijke (Gemeente Aardal) vandaag 07:15 de paragraaf “Wie doet wat” terugzette.");
  expect(takenLine(taken({ restoredTo: null }), say)).toBe("12 woorden van u verdwenen toen Marijke (Gemeente Aardal) vandaag 07:15 eerdere tekst terugzette.");
  const undoes = { position: 22, at: "2026-11-22T06:12:00Z" };
  expect(takenLine(taken({ undoes }), say)).toBe("12 woorden van u verdwenen toen Marijke (Gemeente Aardal) vandaag 07:15 het terugzetten van vandaag 07:12 ongedaan maakte.");
});

test("on a device that noted nothing yet, what came after one's own last words is news", () => {
  const items = [taken({ fromPosition: 50, toPosition: 53 }), taken()];
  const of = (lastWrote: number | null) => untold(items, knownAtFirst({ chapterId: "c", lastWrote, items: [...items] }));
  expect(of(28)).toEqual(items);
  expect(of(30)).toEqual(items);
  expect(of(40)).toEqual(items.slice(0, 1));
  expect(of(60)).toEqual([]);
  expect(of(null)).toEqual(items);
});

test("what was put away is told no more, whether as words that went or as a restore that was seen to happen", () => {
  const [later, earlier] = [taken({ fromPosition: 34, toPosition: 38 }), taken()];
  expect(untold([later, earlier], earlier.restore.toPosition)).toEqual([later]);
  expect(untold([later, earlier], 31)).toEqual([later]);
  expect(untold([later, earlier], later.restore.toPosition)).toEqual([]);
});

test("the event of a restore lies between the texts before and after it", () => {
  expect([30, 31, 34, 35].map((position) => isOf(taken(), position))).toEqual([false, true, true, false]);
});
