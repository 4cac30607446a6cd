// When two people change a commitment at once, nobody's words are overwritten without being seen.
import { expect, test } from "vitest";
import { EMPTY_DRAFT } from "./draft.ts";
import { crossed } from "./twice.ts";

const base = { ...EMPTY_DRAFT, title: "Nachtzorg", solution: "Samen.", measuredBy: "GGD" };

test("changes in different fields simply come together", () => {
  const { draft, twice } = crossed(base, { ...base, title: "Nachtzorg dichtbij" }, { ...base, solution: "Samen, elke nacht." });
  expect([draft.title, draft.solution, twice]).toEqual(["Nachtzorg dichtbij", "Samen, elke nacht.", []]);
});

test("a field that both changed is asked for, with both texts", () => {
  const { draft, twice } = crossed(base, { ...base, title: "Mijn titel", measuredBy: "" }, { ...base, title: "Hun titel", measuredBy: "" });
  expect(draft.title).toBe("Mijn titel");
  expect(twice).toEqual([{ field: "title", mine: { title: "Mijn titel" }, theirs: { title: "Hun titel" }, chosen: null }]);
});
