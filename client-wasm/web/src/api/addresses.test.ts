// Only the newest addresses are kept, each once, however often it is read.
import { expect, test } from "vitest";
import { Addresses } from "./addresses.ts";

test("what was read longest ago goes first", () => {
  const addresses = new Addresses(2);
  for (const address of ["a", "b", "a", "c"]) addresses.add(address);
  expect(addresses.newest).toEqual(["c", "a"]);
});
