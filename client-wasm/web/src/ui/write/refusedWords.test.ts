// Words that the server did not take are told once for every reason, and with nothing that is no longer so.
import { expect, test } from "vitest";
import type { RefusedWords } from "../../editor/chapterView.ts";
import { dutch } from "../../i18n/testing.ts";
import { helpOf, refusalsOf, standingHere, type Standing, titleOf, whyOf } from "./refusedWords.ts";

const { t } = await dutch("2026-11-22T12:00:00Z");

function words(text: string, at: number, reason = "not-in-plan", id = `${at}-0`): RefusedWords {
  return { id, text, reason, at: new Date(at) };
}

const why = (reason: string, standing: Standing) => whyOf([words("tekst", 10, reason)], standing, t);
const help = (standing: Standing) => helpOf([words("tekst", 10)], standing, t);

test("all that was refused for one reason is one message, in the order in which it came", () => {
  const refusals = refusalsOf([words("derde", 30), words("eerste", 10), words("vastgelegd", 20, "chapter-frozen"), words("tweede", 15)]);
  expect(refusals.map((refusal) => refusal.map(({ text }) => text))).toEqual([["eerste", "tweede", "derde"], ["vastgelegd"]]);
});

test("words of which nobody knows whether they arrived stand apart from those that were refused", () => {
  const refusals = refusalsOf([words("geweigerd", 10), words("onbekend", 20, "not-in-plan", "withheld")]);
  expect(refusals.map((refusal) => titleOf(refusal, t))).toEqual(["Deze woorden zijn niet opgeslagen", "Deze woorden zijn misschien niet opgeslagen"]);
});

test("a right that is back is not said to be missing, on whatever page", () => {
  expect(why("not-in-plan", "closed")).toBe("De server nam ze niet aan: U heeft geen rol in dit plan.");
  for (const standing of ["elsewhere", "here"] as const) {
    for (const reason of ["not-allowed", "not-in-plan", "not-your-chapter", "live-text-withheld"]) {
      expect(why(reason, standing)).toBe("U mocht in dit hoofdstuk niet schrijven toen deze woorden aankwamen. Nu mag u dat weer.");
    }
    expect(why("chapter-frozen", standing)).toBe("Het hoofdstuk was vastgelegd toen deze woorden aankwamen. Nu staat het weer open.");
    expect(why("text-erased", standing)).toContain("werd gewist");
  }
});

test("words for which the chapter has no room are not offered to it: the limit is named in pages, and what one can do", () => {
  const long = [words("a".repeat(200_000), 10, "chapter-too-long"), words("b".repeat(50_000), 20, "chapter-too-long")] as const;
  const full = standingHere(long, { canWrite: true, length: 87_650 });
  expect(whyOf(long, full, t)).toBe(
    "Het hoofdstuk wordt hiermee te lang. In een hoofdstuk passen ongeveer 100 bladzijden (300.000 tekens). Er is nog plaats voor ongeveer 212.300 tekens; dit zijn er 250.000.",
  );
  expect(helpOf(long, full, t)).toBe("Anderen zien ze niet. Verdeel de tekst over meer hoofdstukken: kopieer de woorden en plak ze daar in delen.");
  expect(standingHere(long, { canWrite: true, length: 50_000 })).toBe("here");
  expect(standingHere(long, { canWrite: false, length: 0 })).toBe("closed");
  expect(standingHere(long, { canWrite: true, length: 310_000 })).toEqual({ room: 0 });
});

test("how they go back into the text is said where one is", () => {
  expect(help("closed")).toBe("Anderen zien ze niet. Kopieer ze als u ze wilt bewaren.");
  expect(help("elsewhere")).toBe("Anderen zien ze niet. Open het hoofdstuk om ze terug te zetten in de tekst.");
  expect(help("here")).toBe("Anderen zien ze niet. Zet ze terug in de tekst: waar u in de tekst staat, of anders aan het einde.");
});
