// The form loses nothing on the way there and back, sends only what changed, and names what is wrong.
import { describe, expect, test } from "vitest";
import type { Commitment } from "../../api/types.ts";
import { centsIn, contentOf, decimalIn, draftOf, EMPTY_DRAFT, EMPTY_MONEY, EMPTY_PRECONDITION, EMPTY_RESULT, faultsIn, patchBetween } from "./draft.ts";

const commitment: Commitment = {
  id: "c1",
  revision: 3,
  stage: "elaborated",
  missing: [],
  missingInResults: [],
  contentHash: "",
  title: "Nachtzorg samen",
  solution: "Eén team voor de hele regio.",
  ownerPartyId: "a",
  partyIds: ["a", "b"],
  scaleAgreed: "regional",
  scaleCarriedOut: "subregional",
  results: [
    { kind: "quantitative", indicator: "Wachttijd", dimension: "outcome", promise: "result", baseline: "14", target: "12.5", unit: "weken", date: "2027-12-31" },
    { kind: "narrative", dimension: null, promise: null, date: null, question: "Hoe gaat het?", source: "gesprekken" },
  ],
  measuredBy: "GGD",
  progress: "Elk kwartaal",
  termStart: "2027-01-01",
  termEnd: "2028-12-31",
  challengeIds: ["o1"],
  strandIds: [],
  preconditions: [{ text: "Ruimte in de wet", addressee: "ministerie", answer: null }],
  money: [{ year: 2027, amountCents: 1_250_050, source: "SPUK" }],
  chapterId: "h1",
  openBefore: null,
  lastChanged: { actor: { person: null, party: null }, source: "writer", at: "2026-11-22T10:00:00Z", position: 9 },
  lastChangedVia: "browser",
  mayEdit: true,
  mayRestore: false,
};

test("a commitment comes back from the form as it went in", () => {
  const { id: _id, revision: _revision, stage: _stage, missing: _missing, missingInResults: _lacks, contentHash: _hash, lastChanged: _last, lastChangedVia: _via, mayEdit: _edit, mayRestore: _restore, ...content } = commitment;
  expect(contentOf(draftOf(commitment))).toEqual(content);
});

test("nothing changed sends nothing", () => {
  expect(patchBetween(draftOf(commitment), draftOf(commitment))).toEqual({});
});

test("only changed fields are sent, emptied ones as null", () => {
  const before = draftOf(commitment);
  expect(patchBetween(before, { ...before, solution: " ", partyIds: ["a"] })).toEqual({ solution: null, partyIds: ["a"] });
});

describe("numbers as people type them", () => {
  test.each([
    ["12,5", "12.5"],
    ["1.250,50", "1250.5"],
    ["12.5", "12.5"],
    ["007", "7"],
    ["-0", "0"],
    ["3,0", "3"],
    ["twaalf", null],
    ["1,2,3", null],
    ["", null],
  ])("%s", (typed, expected) => expect(decimalIn(typed)).toBe(expected));

  test.each([
    ["300", 30_000],
    ["12.500", 1_250_000],
    ["€ 12.500,50", 1_250_050],
    ["-5,00", -500],
    ["5,-", 500],
    ["12.50", null],
    ["veel", null],
  ])("%s euro", (typed, expected) => expect(centsIn(typed)).toBe(expected));
});

test("every fault is named where it is", () => {
  const faults = faultsIn({
    ...EMPTY_DRAFT,
    termStart: "2028-01-01",
    termEnd: "2027-01-01",
    results: [{ ...EMPTY_RESULT, target: "veel" }],
    preconditions: [EMPTY_PRECONDITION],
    money: [{ ...EMPTY_MONEY, year: "27" }],
  });
  expect([...faults.keys()].sort()).toEqual(["chapterId", "money.0.amount", "money.0.source", "money.0.year", "preconditions.0.text", "results.0.target", "termEnd", "title"]);
  expect(faultsIn(draftOf(commitment)).size).toBe(0);
});

test("an amount or a target below zero is named, a baseline may be a deficit", () => {
  const before = draftOf(commitment);
  const faultsOf = (target: string, amount: string) =>
    [...faultsIn({ ...before, results: [{ ...EMPTY_RESULT, baseline: "-3", target }], money: [{ year: "2027", amount, source: "SPUK" }] })].map(([field, fault]) => `${field} ${fault}`);
  expect(faultsOf("-80", "-5")).toEqual(["results.0.target belowZero", "money.0.amount belowZero"]);
  expect(faultsOf("-0,5", "€ -5,00")).toEqual(["results.0.target belowZero", "money.0.amount belowZero"]);
  expect(faultsOf("-0", "0")).toEqual([]);
});
