// Somebody who has a chapter open twice is one person in it.
import { expect, test } from "vitest";
import { onceEach, whoIs } from "./present.ts";

const there = (key: string, personId: string, more: { party?: string; program?: string } = {}) => ({ key, personId, party: more.party ?? "GGD", program: more.program ?? null });

test("a person on two devices stands there once; a program of theirs and their work for another party do too", () => {
  const people = [there("1", "anna"), there("2", "bram"), there("3", "anna"), there("4", "anna", { program: "Weekbericht" }), there("5", "anna", { party: "Oever" })];
  expect(onceEach(people).map(({ key }) => key)).toEqual(["1", "2", "4", "5"]);
});

test("which of two devices goes, is nobody going", () => {
  expect(whoIs(there("1", "anna"))).toBe(whoIs(there("3", "anna")));
});
