// A long list begins with its newest few, a short one is whole.
import { expect, test } from "vitest";
import { fewOf } from "./few.ts";

test("three of many stand there, and four are no reason for a button", () => {
  expect(fewOf([1, 2, 3, 4, 5])).toEqual({ shown: [1, 2, 3], hidden: 2 });
  expect(fewOf([1, 2, 3, 4])).toEqual({ shown: [1, 2, 3, 4], hidden: 0 });
  expect(fewOf([])).toEqual({ shown: [], hidden: 0 });
});
