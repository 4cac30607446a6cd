// Sections of one title are told apart by what stands above them, and else by their order.
import { expect, test } from "vitest";
import type { Section } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { depthOf, wordsOfSection } from "./sections.ts";

const { t } = await dutch("2026-11-22T12:00:00Z");
const sections = (...of: [number, string][]): Section[] => of.map(([level, title], index) => ({ index, level, title, heading: `${index}@aa` }));
const words = (all: Section[]) => all.map((each) => wordsOfSection(each, all, t));

test("a repeated heading is named with the heading it stands under", () => {
  const all = sections([1, "Opgave A"], [2, "Inleiding"], [2, "Wat gaan we doen?"], [1, "Opgave B"], [2, "Wat gaan we doen?"]);
  expect(words(all)).toEqual([
    "Alleen “Opgave A”",
    "Alleen “Inleiding”",
    "Alleen “Wat gaan we doen?” (onder “Opgave A”)",
    "Alleen “Opgave B”",
    "Alleen “Wat gaan we doen?” (onder “Opgave B”)",
  ]);
});

test("what stands under nothing else, or twice under the same, is counted", () => {
  expect(words(sections([1, "Geld"], [1, "Geld"]))).toEqual(["Alleen “Geld” (1e van 2)", "Alleen “Geld” (2e van 2)"]);
  expect(words(sections([1, "Zorg"], [2, "Geld"], [2, "Geld"])).slice(1)).toEqual(["Alleen “Geld” (1e van 2)", "Alleen “Geld” (2e van 2)"]);
});

test("a section stands as deep as there are headings above it, whatever their levels", () => {
  const all = sections([2, "Wat we doen"], [4, "Thuis"], [3, "In de wijk"], [4, "Samen"], [1, "Geld"]);
  expect(all.map((each) => depthOf(each, all))).toEqual([0, 1, 1, 2, 0]);
});
