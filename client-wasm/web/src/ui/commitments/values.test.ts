// Fields read as people write them: names for ids, comma decimals, euros, and lists as what came and went.
import { describe, expect, test } from "vitest";
import type { Commitment } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { decimalWords, fieldWords, lackOf, lackOfResult, linesOf, type Names, toBeDone } from "./values.ts";

const names: Names = { party: (id) => `Partij ${id}`, chapter: (id) => `Hoofdstuk ${id}`, challenge: (id) => `Opgave ${id}`, strand: (id) => `Bouwsteen ${id}` };

describe("lines of a value", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");

  test("empty is no line", () => {
    expect(linesOf("solution", null, names, say)).toEqual([]);
    expect(linesOf("results", [], names, say)).toEqual([]);
  });

  test("a number result says what, how much, from where and when", () => {
    const waiting = { kind: "quantitative", indicator: "Wachttijd", baseline: "14", target: "12.5", unit: "weken", date: "2027-12-31" };
    expect(linesOf("results", [waiting], names, say)).toEqual(["Wachttijd: 12,5 weken, nu 14, op 31 december 2027"]);
  });

  test("a story result says question and source", () => {
    const story = { kind: "narrative", question: "Voelen mensen zich gehoord?", source: "interviews" };
    expect(linesOf("results", [story], names, say)).toEqual(["Voelen mensen zich gehoord?, bron: interviews"]);
  });

  test("a result without parts says so", () => {
    expect(linesOf("results", [{ kind: "quantitative" }], names, say)).toEqual(["nog niet compleet"]);
  });

  test("money in euros, with cents only when there are any", () => {
    const lines = linesOf("money", [{ year: 2027, amountCents: 12_500_000, source: "SPUK" }, { year: 2028, amountCents: 150, source: "eigen" }], names, say);
    expect(lines.map((line) => line.replaceAll("\u00a0", " "))).toEqual(["2027: € 125.000 uit SPUK", "2028: € 1,50 uit eigen"]);
  });

  test("a value this version does not know is shown as it is", () => {
    expect(linesOf("scaleAgreed", "galactic", names, say)).toEqual(["galactic"]);
    expect(linesOf("termEnd", "ooit", names, say)).toEqual(["ooit"]);
  });

  test("a decimal is not rounded", () => {
    expect(decimalWords("1234567.000100", say)).toBe("1.234.567,000100");
    expect(decimalWords("-3", say)).toBe("-3");
  });
});

const result = (indicator: string, target: string) => ({ kind: "quantitative", indicator, target, unit: "procent", date: "2027-12-31" });
const aboutOf = (line: string) => line.split(":")[0];

describe("a change", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");

  test("of a value is what was and what became", () => {
    expect(fieldWords({ field: "ownerPartyId", old: null, new: "a" }, names, say)).toEqual({ kind: "value", was: null, became: "Partij a" });
  });

  test("of a list is what came and went", () => {
    expect(fieldWords({ field: "partyIds", old: ["a", "b"], new: ["b", "c"] }, names, say)).toEqual({ kind: "list", removed: ["Partij a"], added: ["Partij c"], changed: [] });
  });

  test("of a line of a list is what changed within it", () => {
    const [was, became] = [[result("Tevreden ouderen", "70"), result("Wachttijd", "4")], [result("Val thuis", "9"), result("Tevreden ouderen", "78")]];
    const words = fieldWords({ field: "results", old: was, new: became }, names, say);
    expect(words.kind === "list" && [words.removed.map(aboutOf), words.added.map(aboutOf), words.changed.length]).toEqual([["Wachttijd"], ["Val thuis"], 1]);
    const told = words.kind === "list" && words.changed[0]?.map(({ change, text }) => [change, text]);
    expect(told).toEqual([
      ["same", "Tevreden ouderen:"],
      ["deleted", " 70"],
      ["inserted", " 78"],
      ["same", " procent, op 31 december 2027"],
    ]);
  });

  test("of a list with equal lines counts them", () => {
    const money = { year: 2027, amountCents: 100, source: "SPUK" };
    const words = fieldWords({ field: "money", old: [money, money], new: [money] }, names, say);
    expect(words.kind === "list" && [words.removed.length, words.added.length]).toEqual([1, 0]);
  });
});

test("a result says what it lacks to be measured", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");
  const missingInResults: Commitment["missingInResults"] = [["date"], [], ["target", "unit", "date"]];
  const lacks = missingInResults.map((_, index) => lackOfResult({ missingInResults }, index, say));
  expect(lacks).toEqual([" (nog niet ingevuld: op datum)", "", " (nog niet ingevuld: doel, eenheid en op datum)"]);
});

test("what is empty after the day before which it was to be worked out is late, from that day on", async () => {
  const say = await dutch("2026-11-30T22:59:59Z");
  expect(toBeDone(null, say)).toBe("Nog uit te werken");
  expect(toBeDone("2026-12-01", say)).toBe("Nog uit te werken vóór 1 december 2026");
  expect(toBeDone("2026-12-01", await dutch("2026-11-30T23:00:00Z")), "midnight in the region").toBe("Te laat: dit zou vóór 1 december 2026 zijn uitgewerkt");
});

test("the list says of a commitment how much it lacks, and that this is late, as its own page does", async () => {
  const [before, after] = [await dutch("2026-11-30T22:59:59Z"), await dutch("2026-11-30T23:00:00Z")];
  const open = { missing: ["ownerPartyId", "termEnd"] satisfies Commitment["missing"], openBefore: "2026-12-01" };
  expect(lackOf(open, before)).toBe("Nog 2 onderdelen uit te werken");
  expect(lackOf(open, after)).toBe("Te laat: 2 onderdelen zouden vóór 1 december 2026 zijn uitgewerkt");
  expect(lackOf({ ...open, openBefore: null }, after)).toBe("Nog 2 onderdelen uit te werken");
  expect(lackOf({ ...open, missing: [] }, after)).toBeNull();
});
