// A line of a chapter's history reads as a sentence; a restore that took another one back is told as that.
import { expect, test } from "vitest";
import type { HistoryEntry, QuotedWords } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { tellingApart } from "../../i18n/words.ts";
import { lastEditedOf, quotedOf, restoreTimes, sentenceOf, undoneOf } from "./entry.ts";

const say = await dutch("2026-11-22T12:00:00Z");
const actor = { person: { id: "m", name: "Marijke" }, party: { id: "g", name: "Gemeente Aardal" } };

function restore(more: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    kind: "restored",
    fromPosition: 30,
    toPosition: 34,
    startedAt: "2026-11-22T06:15:00Z",
    endedAt: "2026-11-22T06:15:00Z",
    people: [{ actor, source: "writer", insertedCharacters: 3, deletedCharacters: 4 }],
    insertedWords: { excerpts: [], more: 0 },
    deletedWords: { excerpts: [], more: 0 },
    restoredTo: 20,
    restoredAt: "2026-11-22T05:00:00Z",
    sectionTitle: null,
    undoes: null,
    ...more,
  };
}

test("a restore names what came back, and from when that text is", () => {
  expect(sentenceOf(restore(), say)).toBe("Marijke (Gemeente Aardal) zette de hele tekst terug naar de tekst van vandaag 06:00");
  expect(sentenceOf(restore({ sectionTitle: "Wie doet wat" }), say)).toBe("Marijke (Gemeente Aardal) zette de paragraaf “Wie doet wat” terug naar de tekst van vandaag 06:00");
  expect(sentenceOf(restore({ restoredTo: null, restoredAt: null }), say)).toBe("Marijke (Gemeente Aardal) zette eerdere tekst terug");
});

test("two restores of one minute are told apart", () => {
  const [first, second] = [restore({ endedAt: "2026-11-22T06:12:05Z" }), restore({ endedAt: "2026-11-22T06:12:40Z" })];
  const apart = tellingApart(say, restoreTimes([first, second, restore()]));
  const undoOf = ({ endedAt }: HistoryEntry) => sentenceOf(restore({ undoes: { position: 22, at: endedAt } }), apart);
  expect(undoOf(first)).toBe("Marijke (Gemeente Aardal) maakte het terugzetten van vandaag 07:12:05 ongedaan");
  expect(undoOf(second)).toBe("Marijke (Gemeente Aardal) maakte het terugzetten van vandaag 07:12:40 ongedaan");
  expect(undoOf(restore())).toBe("Marijke (Gemeente Aardal) maakte het terugzetten van vandaag 07:15 ongedaan");
  expect([apart.moment(first.endedAt), apart.moment(restore().endedAt)]).toEqual(["vandaag 07:12:05", "vandaag 07:15"]);
});

test("an undo names the restore that it took back, and by when that was", () => {
  const undoes = { position: 22, at: "2026-11-22T06:12:00Z" };
  expect(sentenceOf(restore({ undoes }), say)).toBe("Marijke (Gemeente Aardal) maakte het terugzetten van vandaag 07:12 ongedaan");
});

test("a restore counts as undone for as long as its undo is in force", () => {
  const first = restore({ fromPosition: 10, toPosition: 14 });
  const work = restore({ kind: "work", fromPosition: 14, toPosition: 18 });
  const undo = restore({ fromPosition: 18, toPosition: 21, undoes: { position: 11, at: "2026-11-22T06:12:00Z" } });
  const redo = restore({ fromPosition: 21, toPosition: 24, undoes: { position: 19, at: "2026-11-22T06:13:00Z" } });
  expect([...undoneOf([work, first])]).toEqual([]);
  expect([...undoneOf([undo, work, first])]).toEqual([first]);
  expect([...undoneOf([redo, undo, work, first])]).toEqual([undo]);
  const again = restore({ fromPosition: 24, toPosition: 27, undoes: { position: 11, at: "2026-11-22T06:14:00Z" } });
  expect([...undoneOf([again, redo, undo, work, first])]).toEqual([first, undo]);
});

test("a freeze names its version", () => {
  const frozen = restore({ kind: "stateChanged", state: "frozen", undoes: null });
  expect(sentenceOf({ ...frozen, version: "concept 7 december" }, say)).toBe("Marijke (Gemeente Aardal) legde het hoofdstuk vast als “concept 7 december”");
  expect(sentenceOf({ ...frozen, version: null }, say)).toBe("Marijke (Gemeente Aardal) legde het hoofdstuk vast");
});

test("words that somebody's program brought are told apart from what people wrote", () => {
  const jan = { person: { id: "j", name: "Jan" }, party: { id: "z", name: "Zorggroep West" } };
  const wrote = { actor, source: "writer", insertedCharacters: 3, deletedCharacters: 0 } as const;
  const brought = { ...wrote, actor: jan, source: "brought" } as const;
  const told = (people: HistoryEntry["people"]) => sentenceOf(restore({ kind: "work", people }), say);
  expect(told([wrote])).toBe("Marijke (Gemeente Aardal) schreef");
  expect(told([brought])).toBe("Jan (Zorggroep West) bracht met een eigen programma tekst in");
  expect(told([wrote, brought])).toBe("Marijke (Gemeente Aardal) schreef en Jan (Zorggroep West) bracht met een eigen programma tekst in");
  expect(told([{ ...brought, actor }, brought])).toBe("Marijke (Gemeente Aardal) en Jan (Zorggroep West) brachten met een eigen programma tekst in");
  const edited = { actor: jan, source: "brought", at: "2026-11-22T06:15:00Z", position: 3 } as const;
  expect(lastEditedOf(edited, say)).toBe("Laatst bewerkt door Jan (Zorggroep West) met een eigen programma, vandaag 07:15");
});

const quoted = (words: string[], more: number) => quotedOf({ excerpts: words.map((each) => ({ words: each, writtenBy: [] })), more }, say);

test("each place that changed has its own quotation marks, and those that are not quoted are counted", () => {
  expect(quoted(["goede"], 0)).toBe("“goede”");
  expect(quoted(["goede", "dichtbij huis…"], 0)).toBe("“goede” en “dichtbij huis…”");
  expect(quoted(["goede", "dichtbij huis", "straks"], 1)).toBe("“goede”, “dichtbij huis”, “straks” en nog 1 plaats");
  expect(quoted(["goede", "dichtbij huis", "straks"], 4)).toBe("“goede”, “dichtbij huis”, “straks” en nog 4 plaatsen");
});

const went = (excerpts: QuotedWords["excerpts"], more = 0) => quotedOf({ excerpts, more }, say);
const by = (...writtenBy: QuotedWords["excerpts"][number]["writtenBy"]) => went([{ words: "zorg", writtenBy }]);

test("behind each quote of what somebody else took out stands whose it was, by name where there is one", () => {
  const jan = { person: { id: "j", name: "Jan" }, party: { id: "z", name: "Zorggroep West" } };
  const nobody = { person: null, party: null };
  const [marijkes, jans] = [{ actor, source: "writer" }, { actor: jan, source: "brought" }] as const;
  expect(went([{ words: "goede", writtenBy: [jans] }, { words: "straks", writtenBy: [marijkes] }])).toBe(
    "“goede”, geschreven door Jan (Zorggroep West); “straks”, geschreven door Marijke (Gemeente Aardal)",
  );
  expect(went([{ words: "goede", writtenBy: [] }, { words: "straks", writtenBy: [marijkes, jans] }], 2)).toBe(
    "“goede”; “straks”, geschreven door Marijke (Gemeente Aardal) en Jan (Zorggroep West); nog 2 plaatsen",
  );
  expect(by({ actor: nobody, source: "document" }, marijkes)).toBe("“zorg”, geschreven door Marijke (Gemeente Aardal) en overgenomen uit een document");
  expect(by({ actor: nobody, source: "startText" })).toBe("“zorg”, geschreven door het schrijfteam vóór meelezen");
  expect(by({ actor: nobody, source: "rewritten" })).toBe("“zorg”, geschreven vóór het wissen");
});

test("words are quoted without the space around them", () => {
  const words: QuotedWords = { excerpts: [{ words: " sa011 sa012", writtenBy: [] }, { words: "wegvalt ", writtenBy: [] }], more: 0 };
  expect(quotedOf(words, say)).toBe("“sa011 sa012” en “wegvalt”");
});
