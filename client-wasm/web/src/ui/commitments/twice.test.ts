// When two people change a commitment at once, nobody's words are overwritten without being seen.
import { expect, test } from "vitest";
import { EMPTY_DRAFT } from "./draft.ts";
import { dutch } from "../../i18n/testing.ts";
import { conflictKey, crossed } from "./twice.ts";

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

test("what others changed is said to be in the form only where no choice is open", async () => {
  const { t } = await dutch("2026-11-22T12:00:00Z");
  const { twice } = crossed(base, { ...base, title: "Mijn titel" }, { ...base, title: "Hun titel" });
  const said = [[], twice, twice.map((each) => ({ ...each, chosen: "mine" as const }))].map((each) => t(conflictKey(each)));
  expect(said.map((words) => words.includes("dat staat nu ook in het formulier"))).toEqual([true, false, false]);
  expect(said.map((words) => words.includes("kies welke tekst blijft"))).toEqual([false, true, false]);
});
