// Changes read as sentences with the right person and party, and unchanged text steps back without hiding a change.
import { describe, expect, test } from "vitest";
import { dutch } from "../../i18n/testing.ts";
import type { Actor, Authorship, BlockStyle, DifferenceBlock, DifferenceRun } from "../../api/types.ts";
import { sharesOf } from "./BlameView.tsx";
import { changedSections, creditKey, mergedRuns, numbersOf, stretchesOf, wordsOfBlock, wordsOfPassing, wordsOfRestoredBlock } from "./difference.ts";

const fatima: Actor = { person: { id: "p1", name: "Fatima" }, party: { id: "g1", name: "Gemeente Aardal" } };
const jan: Actor = { person: { id: "p2", name: "Jan" }, party: { id: "z1", name: "Zorggroep West" } };
const by = (actor: Actor, position = 1): Authorship => ({ actor, source: "writer", at: "2026-11-22T10:00:00Z", position });
const nobody: Actor = { person: null, party: null };
const run = (change: DifferenceRun["change"], text: string, author: Authorship | null = null, written: Authorship | null = null): DifferenceRun => ({
  change,
  text,
  marks: [],
  by: author,
  written,
});
const line = (runs: DifferenceRun[], more: Partial<DifferenceBlock> = {}): DifferenceBlock => ({
  style: { type: "paragraph", level: null, depth: 0 },
  change: runs.some((each) => each.change !== "same") ? "changed" : "same",
  runs,
  structure: [],
  ...more,
});
const same = line([run("same", "blijft")]);

describe("in words", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");

  test("each change names its own author, deletions too", () => {
    const block = line([run("same", "Wij "), run("deleted", "misschien ", by(jan)), run("inserted", "zeker ", by(fatima)), run("same", "samen")]);
    expect(wordsOfBlock(block, say)).toEqual([
      "Jan (Zorggroep West) haalde weg: “misschien”",
      "Fatima (Gemeente Aardal) voegde toe: “zeker”",
    ]);
  });

  test("a sentence typed in pieces is one change", () => {
    const block = line([run("inserted", "in ", by(fatima, 1)), run("inserted", "stukjes", by(fatima, 2))]);
    expect(wordsOfBlock(block, say)).toEqual(["Fatima (Gemeente Aardal) voegde toe: “in stukjes”"]);
  });

  test("what is not words is said in words", () => {
    const block = line([run("same", "Zorg")], {
      structure: [
        { what: "style", before: { type: "paragraph", level: null, depth: 0 }, after: { type: "heading", level: 2, depth: 0 }, by: by(jan) },
        { what: "markAdded", mark: { type: "strong" }, text: "Zorg", by: by(fatima) },
        { what: "joined", by: by(jan) },
      ],
    });
    expect(wordsOfBlock(block, say)).toEqual([
      "Jan (Zorggroep West) maakte van een alinea een kop van niveau 2",
      "Fatima (Gemeente Aardal) maakte “Zorg” vet",
      "Jan (Zorggroep West) voegde hier twee alinea’s samen",
    ]);
  });

  test("words out of a document are nobody's writing", () => {
    const imported: Authorship = { ...by(nobody), source: "document" };
    const before: Authorship = { ...by(nobody), source: "startText" };
    expect(wordsOfBlock(line([run("inserted", "Uit het plan", imported), run("deleted", "van eerder", before)]), say)).toEqual([
      "Overgenomen uit een document: “Uit het plan”",
      "Het schrijfteam, vóór meelezen haalde weg: “van eerder”",
    ]);
  });

  test("words out of somebody's own program are brought in by them, not written", () => {
    const brought: Authorship = { ...by(jan), source: "brought" };
    expect(wordsOfBlock(line([run("inserted", "van elders", brought), run("deleted", "weg", brought)]), say)).toEqual([
      "Jan (Zorggroep West) bracht in: “van elders”",
      "Jan (Zorggroep West) (ingebracht met een eigen programma) haalde weg: “weg”",
    ]);
    expect(new Set([by(jan), brought].map(creditKey)).size).toBe(2);
  });

  test("who brings back what another wrote adds nothing", () => {
    const imported: Authorship = { ...by(nobody), source: "document" };
    const block = line([run("inserted", "van Jan ", by(fatima), by(jan)), run("inserted", "zelf ", by(fatima)), run("inserted", "van vroeger", by(fatima), imported)]);
    expect(wordsOfBlock(block, say)).toEqual([
      "Fatima (Gemeente Aardal) zette terug wat Jan (Zorggroep West) schreef: “van Jan”",
      "Fatima (Gemeente Aardal) voegde toe: “zelf”",
      "Fatima (Gemeente Aardal) zette terug: “van vroeger” (Overgenomen uit een document)",
    ]);
  });

  test("who takes out what another wrote is told with whose it was", () => {
    const imported: Authorship = { ...by(nobody), source: "document" };
    const block = line([run("deleted", "van Jan ", by(fatima), by(jan)), run("deleted", "zelf ", by(fatima)), run("deleted", "van vroeger", by(fatima), imported)]);
    expect(wordsOfBlock(block, say)).toEqual([
      "Fatima (Gemeente Aardal) haalde weg wat Jan (Zorggroep West) schreef: “van Jan”",
      "Fatima (Gemeente Aardal) haalde weg: “zelf”",
      "Fatima (Gemeente Aardal) haalde weg: “van vroeger” (Overgenomen uit een document)",
    ]);
  });

  test("a space alone is named: between two quotes nobody sees it", () => {
    const block = line([run("inserted", " ", by(jan)), run("same", "zin"), run("deleted", "  ", by(fatima), by(jan)), run("same", "zin"), run("inserted", " en ", by(jan))]);
    expect(wordsOfBlock(block, say)).toEqual([
      "Jan (Zorggroep West) voegde toe: een spatie",
      "Fatima (Gemeente Aardal) haalde weg wat Jan (Zorggroep West) schreef: 2 spaties",
      "Jan (Zorggroep West) voegde toe: “en”",
    ]);
    expect(wordsOfRestoredBlock(line([run("deleted", "\u00a0", by(jan))]), say)).toEqual(["Verdwijnt: een spatie"]);
  });

  test("a restore that nobody did yet names nobody", () => {
    const block = line([run("inserted", "toen", by(jan)), run("deleted", "nu", by(fatima))], { structure: [{ what: "split", by: by(jan) }] });
    expect(wordsOfRestoredBlock(block, say)).toEqual(["Komt terug: “toen”", "Verdwijnt: “nu”", "Hier wordt de alinea gesplitst"]);
  });

  test("an empty line that came or went is said, and who did it", () => {
    const blank = (change: "inserted" | "deleted", what: "added" | "removed") => line([], { change, structure: [{ what, by: by(jan) }] });
    expect(wordsOfBlock(blank("inserted", "added"), say)).toEqual(["Jan (Zorggroep West) voegde een regel toe"]);
    expect(wordsOfBlock(blank("deleted", "removed"), say)).toEqual(["Jan (Zorggroep West) haalde een regel weg"]);
    expect(wordsOfRestoredBlock(blank("inserted", "added"), say)).toEqual(["Een lege regel komt terug"]);
    const split = line([run("same", "achter de kop")], { change: "inserted", structure: [{ what: "split", by: by(jan) }] });
    expect(wordsOfBlock(split, say)).toEqual(["Jan (Zorggroep West) splitste hier de alinea"]);
  });

  test("what one wrote and another took out in between is said of both", () => {
    expect(wordsOfPassing({ text: "even maar", written: by(jan), deleted: by(fatima) }, say)).toBe(
      "Fatima (Gemeente Aardal) haalde weg wat Jan (Zorggroep West) schreef: “even maar”",
    );
  });
});

test("what changed is told by the heading it stands under", () => {
  const heading = (change: DifferenceBlock["change"], runs: DifferenceRun[]) => line(runs, { style: style("heading", 0), change });
  const changed = line([run("inserted", "nieuw", by(jan))]);
  const gone = line([run("deleted", "oud", by(jan))], { change: "deleted" });
  const blocks = [
    changed,
    heading("changed", [run("deleted", "Het ", by(jan)), run("same", "Geld")]),
    same,
    changed,
    changed,
    heading("deleted", [run("deleted", "Weg", by(jan))]),
    gone,
    changed,
  ];
  expect(changedSections(blocks).map((each) => [each.heading, each.blocks.length])).toEqual([
    [null, 1],
    ["Geld", 3],
    ["Weg", 2],
    ["Geld", 1],
  ]);
});

test("runs of two people next to each other stay apart", () => {
  expect(mergedRuns([run("inserted", "a", by(fatima)), run("inserted", "b", by(jan)), run("inserted", "c", by(jan))]).map((each) => each.runs.length)).toEqual([1, 2]);
});

test("who wrote how much, and how much of it another brought back", () => {
  const runs = [
    { text: "van Jan", marks: [], written: by(jan), restored: null },
    { text: "terug", marks: [], written: by(jan, 2), restored: by(fatima) },
    { text: "zelf", marks: [], written: by(fatima), restored: null },
  ];
  const blame = { chapterId: "c", at: 1, blocks: runs.map((each) => ({ style: style("paragraph", 0), runs: [each] })) };
  expect(sharesOf(blame).map(({ actor, count, putBack }) => [actor.person?.name, count, putBack.map((each) => [each.actor.person?.name, each.count])])).toEqual([
    ["Jan", 12, [["Fatima", 5]]],
    ["Fatima", 4, []],
  ]);
});

const style = (type: BlockStyle["type"], depth: number): BlockStyle => ({ type, depth, level: null });

test("numbered items are counted in their own list, over paragraphs inside an item", () => {
  const styles = [
    style("orderedListItem", 0),
    style("paragraph", 1),
    style("orderedListItem", 0),
    style("orderedListItem", 1),
    style("orderedListItem", 1),
    style("orderedListItem", 0),
    style("orderedListItem", 1),
    style("paragraph", 0),
    style("orderedListItem", 0),
    style("unorderedListItem", 0),
    style("orderedListItem", 0),
  ];
  expect(numbersOf(styles)).toEqual([1, null, 2, 1, 2, 3, 1, null, 1, null, 1]);
});

describe("folding", () => {
  const changed = line([run("inserted", "nieuw", by(fatima))]);

  test("keeps the line before and after a change", () => {
    expect(stretchesOf([same, same, same, changed, same, same, same]).map((each) => [each.kind, each.blocks.length])).toEqual([
      ["folded", 2],
      ["shown", 3],
      ["folded", 2],
    ]);
  });

  test("does not fold a single line", () => {
    expect(stretchesOf([same, same, changed]).map((each) => [each.kind, each.blocks.length])).toEqual([["shown", 3]]);
  });

  test("folds everything when nothing changed, and bears an empty text", () => {
    expect(stretchesOf([same, same]).map((each) => each.kind)).toEqual(["folded"]);
    expect(stretchesOf([])).toEqual([]);
  });

  test("never folds a line whose only change is its structure", () => {
    const styled = line([run("same", "x")], { structure: [{ what: "split", by: by(jan) }] });
    expect(stretchesOf([same, same, same, styled]).flatMap((each) => (each.kind === "folded" ? each.blocks : []))).not.toContain(styled);
  });
});
