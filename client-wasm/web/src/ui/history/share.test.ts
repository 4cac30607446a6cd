// Of a difference that holds the changes of several people, one person's stand apart and nothing is lost.
import { expect, test } from "vitest";
import type { Actor, Authorship, ChapterDifference, DifferenceBlock, DifferenceRun } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { wordsOfBlock } from "./difference.ts";
import { shareOf, sharesOf } from "./share.ts";

const say = await dutch("2026-11-22T12:00:00Z");
const fatima: Actor = { person: { id: "p1", name: "Fatima" }, party: { id: "g1", name: "Gemeente Aardal" } };
const elsewhere: Actor = { person: { id: "p1", name: "Fatima" }, party: { id: "x", name: "Stichting X" } };
const jan: Actor = { person: { id: "p2", name: "Jan" }, party: { id: "z1", name: "Zorggroep West" } };
const by = (actor: Actor, source: Authorship["source"] = "writer"): Authorship => ({ actor, source, at: "2026-11-22T10:00:00Z", position: 1 });
const run = (change: DifferenceRun["change"], text: string, author: Authorship | null = null): DifferenceRun => ({ change, text, marks: [], by: author, written: null });
const line = (runs: DifferenceRun[], more: Partial<DifferenceBlock> = {}): DifferenceBlock => ({ style: { type: "paragraph", level: null, depth: 0 }, change: "changed", runs, structure: [], ...more });
const difference = (...blocks: DifferenceBlock[]): ChapterDifference => ({ chapterId: "h", from: 1, to: 9, insertedCharacters: 0, deletedCharacters: 0, people: [], blocks, passing: [] });

const both = line([run("inserted", "een ", by(fatima)), run("inserted", "twee ", by(jan)), run("inserted", "drie", by(fatima)), run("deleted", "vier", by(elsewhere))], {
  structure: [{ what: "split", by: by(jan) }],
});

test("a line of several people gives each their own changes, in their order", () => {
  expect(wordsOfBlock(shareOf(both, fatima, "own"), say)).toEqual(["Fatima (Gemeente Aardal) voegde toe: “een ”", "Fatima (Gemeente Aardal) voegde toe: “drie”"]);
  expect(wordsOfBlock(shareOf(both, fatima, "others"), say)).toEqual([
    "Jan (Zorggroep West) voegde toe: “twee ”",
    "Fatima (Stichting X) haalde weg: “vier”",
    "Jan (Zorggroep West) splitste hier de alinea",
  ]);
});

test("what a program of theirs brought in is theirs", () => {
  const brought = line([run("inserted", "van elders", by(fatima, "brought"))]);
  expect(sharesOf(difference(brought), fatima)).toEqual({ own: true, others: false });
});

test("says whether anything of theirs, and of others, is to be seen", () => {
  expect(sharesOf(difference(both), fatima)).toEqual({ own: true, others: true });
  expect(sharesOf(difference(line([run("inserted", "x", by(jan))], { change: "inserted" })), fatima)).toEqual({ own: false, others: true });
  const blank = line([], { change: "inserted", structure: [{ what: "added", by: by(jan) }] });
  expect(sharesOf(difference(blank), fatima)).toEqual({ own: false, others: true });
  expect(wordsOfBlock(shareOf(blank, fatima, "own"), say)).toEqual([]);
  expect(wordsOfBlock(shareOf(blank, fatima, "others"), say)).toEqual(["Jan (Zorggroep West) voegde een regel toe"]);
});
