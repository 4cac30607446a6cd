// Of a difference that holds the changes of several people, one person's stand apart and nothing is lost.
import { expect, test } from "vitest";
import type { Actor, Authorship, ChapterDifference, DifferenceBlock, DifferenceRun } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { wordsOfBlock } from "./difference.ts";
import { ownerOf, shareOf, sharesOf } from "./share.ts";

const say = await dutch("2026-11-22T12:00:00Z");
const fatima: Actor = { person: { id: "p1", name: "Fatima" }, party: { id: "g1", name: "Gemeente Aardal" } };
const elsewhere: Actor = { person: { id: "p1", name: "Fatima" }, party: { id: "x", name: "Stichting X" } };
const jan: Actor = { person: { id: "p2", name: "Jan" }, party: { id: "z1", name: "Zorggroep West" } };
const hers = { actor: fatima, since: 1 };
const by = (actor: Actor, source: Authorship["source"] = "writer", position = 2): Authorship => ({ actor, source, at: "2026-11-22T10:00:00Z", position });
const run = (change: DifferenceRun["change"], text: string, author: Authorship | null = null): DifferenceRun => ({ change, text, marks: [], by: author, written: null });
const line = (runs: DifferenceRun[], more: Partial<DifferenceBlock> = {}): DifferenceBlock => ({ style: { type: "paragraph", level: null, depth: 0 }, change: "changed", runs, structure: [], ...more });
const difference = (...blocks: DifferenceBlock[]): ChapterDifference => ({ chapterId: "h", from: 1, to: 9, insertedCharacters: 0, deletedCharacters: 0, people: [], blocks, passing: [] });

const both = line([run("inserted", "een ", by(fatima)), run("inserted", "twee ", by(jan)), run("inserted", "drie", by(fatima)), run("deleted", "vier", by(elsewhere))], {
  structure: [{ what: "split", by: by(jan) }],
});

test("a line of several people gives each their own changes, in their order", () => {
  expect(wordsOfBlock(shareOf(both, hers, "own"), say)).toEqual(["Fatima (Gemeente Aardal) voegde toe: “een”", "Fatima (Gemeente Aardal) voegde toe: “drie”"]);
  expect(wordsOfBlock(shareOf(both, hers, "others"), say)).toEqual([
    "Jan (Zorggroep West) voegde toe: “twee”",
    "Fatima (Stichting X) haalde weg: “vier”",
    "Jan (Zorggroep West) splitste hier de alinea",
  ]);
});

test("what a program of theirs brought in is theirs", () => {
  const brought = line([run("inserted", "van elders", by(fatima, "brought"))]);
  expect(sharesOf(difference(brought), hers)).toEqual({ own: true, others: false });
});

test("says whether anything of theirs, and of others, is to be seen", () => {
  expect(sharesOf(difference(both), hers)).toEqual({ own: true, others: true });
  expect(sharesOf(difference(line([run("inserted", "x", by(jan))], { change: "inserted" })), hers)).toEqual({ own: false, others: true });
  const blank = line([], { change: "inserted", structure: [{ what: "added", by: by(jan) }] });
  expect(sharesOf(difference(blank), hers)).toEqual({ own: false, others: true });
  expect(wordsOfBlock(shareOf(blank, hers, "own"), say)).toEqual([]);
  expect(wordsOfBlock(shareOf(blank, hers, "others"), say)).toEqual(["Jan (Zorggroep West) voegde een regel toe"]);
});

test("what they wrote in this time stays theirs when another took it out and put it back; what they wrote earlier is the other's deed", () => {
  const back = (position: number) => ({ ...run("inserted", "van Fatima", by(jan)), written: by(fatima, "writer", position) });
  expect([1, 2].map((position) => ownerOf(back(position), hers)?.actor.person?.name)).toEqual(["Jan", "Fatima"]);
  expect([1, 2].map((position) => sharesOf(difference(line([back(position)])), hers).own)).toEqual([false, true]);
  expect(ownerOf(back(2), undefined)?.actor).toBe(jan);
  expect(sharesOf(difference(line([back(2)])), { actor: jan, since: 1 }).own).toBe(true);
  const taken = { ...run("deleted", "van Fatima", by(jan)), written: by(fatima) };
  expect(ownerOf(taken, hers)?.actor).toBe(jan);
});
