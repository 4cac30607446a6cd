// Where words stand that a report quotes.
import { expect, test } from "vitest";
import { placeOfWords } from "./places.ts";
import { doc, paragraph } from "./testing.ts";

const TEXT = doc(paragraph("Zorg dichtbij"), paragraph("De nachtzorg  doen we samen."), paragraph(""));

test("quoted words are found in their block, cut off or not", () => {
  const second = paragraph("Zorg dichtbij").nodeSize;
  expect(placeOfWords(TEXT, "dichtbij")).toBe(6);
  expect(placeOfWords(TEXT, "doen we…")).toBe(second + 1 + "De nachtzorg  ".length);
  expect(placeOfWords(TEXT, "nachtzorg doen"), "one blank for several: the start of the block").toBe(second + 1);
});

test("words that are gone, and no words at all, stand nowhere", () => {
  expect(placeOfWords(TEXT, "wijkverpleging")).toBeNull();
  expect(placeOfWords(TEXT, "…")).toBeNull();
});
