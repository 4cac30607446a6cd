// A chapter has one next step at most: freezing is that only of what was read along, and going back never is.
import { expect, test } from "vitest";
import { nextState } from "./nextState.ts";

test("a draft goes to reading, also where one may freeze it at once", () => {
  expect(nextState({ state: "drafting", mayChangeStateTo: ["reading", "frozen"] })).toBe("reading");
  expect(nextState({ state: "drafting", mayChangeStateTo: ["frozen"] })).toBeUndefined();
});

test("what was read along is frozen", () => {
  expect(nextState({ state: "reading", mayChangeStateTo: ["drafting", "frozen"] })).toBe("frozen");
});

test("going back is no next step", () => {
  expect(nextState({ state: "reading", mayChangeStateTo: ["drafting"] })).toBeUndefined();
  expect(nextState({ state: "frozen", mayChangeStateTo: ["drafting"] })).toBeUndefined();
});
