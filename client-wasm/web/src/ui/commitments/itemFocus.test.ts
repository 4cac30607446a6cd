// Where one goes on after a part of a list was removed.
import { expect, test } from "vitest";
import { landingAfterRemoval } from "./itemFocus.ts";

test("at the part that comes in its place", () => {
  expect([landingAfterRemoval(0, 2), landingAfterRemoval(1, 2)]).toEqual([0, 1]);
});

test("at the one before, after the last", () => {
  expect([landingAfterRemoval(2, 2), landingAfterRemoval(1, 1)]).toEqual([1, 0]);
});

test("at the button that adds one, when none is left", () => {
  expect(landingAfterRemoval(0, 0)).toBe("add");
});
