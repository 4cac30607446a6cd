// The difference is always exact: what stayed and came is the new text, what stayed and went the old one.
import { expect, test } from "vitest";
import { wordDiff, type WordRun } from "./wordDiff.ts";

const side = (runs: readonly WordRun[], other: WordRun["change"]) => runs.filter((run) => run.change !== other).map((run) => run.text).join("");

test("shows the changed words only", () => {
  expect(wordDiff("wij gaan misschien samen verder", "wij gaan zeker samen verder")).toEqual([
    { change: "same", text: "wij gaan" },
    { change: "deleted", text: " misschien" },
    { change: "inserted", text: " zeker" },
    { change: "same", text: " samen verder" },
  ]);
});

test("both texts can be read back from any difference", () => {
  const words = ["zorg", "thuis", "\n", "12,5", "é", "👩‍⚕️", "dichtbij", "  "];
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 300; round += 1) {
    const text = () => Array.from({ length: next(12) }, () => words[next(words.length)]).join(next(2) === 0 ? " " : "");
    const [before, after] = [text(), text()];
    const runs = wordDiff(before, after);
    expect([side(runs, "inserted"), side(runs, "deleted")]).toEqual([before, after]);
  }
});

test("very long texts are shown whole instead of stalling the page", () => {
  const before = Array.from({ length: 5_000 }, (_, at) => `oud${at}`).join(" ");
  const after = Array.from({ length: 5_000 }, (_, at) => `nieuw${at}`).join(" ");
  const runs = wordDiff(before, after);
  expect([side(runs, "inserted"), side(runs, "deleted")]).toEqual([before, after]);
});
