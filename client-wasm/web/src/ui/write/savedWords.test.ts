// The line beside the text never says that everything is saved while some words are not.
import { expect, test } from "vitest";
import { dutch } from "../../i18n/testing.ts";
import { type Kept, savedKey, savedLook } from "./savedWords.ts";

const { t } = await dutch("2026-11-22T12:00:00Z");
const saved: Kept = { status: "saved", signedOut: false, unkept: false, refused: false };

test("saved is said plainly only where it holds for all words", () => {
  expect([t(savedKey(saved)), savedLook(saved)]).toEqual(["Opgeslagen", "saved"]);
  const refused = { ...saved, refused: true };
  expect([t(savedKey(refused)), savedLook(refused)]).toEqual(["De rest van de tekst is opgeslagen", "refused"]);
});

test("what is worse than refused words goes before them", () => {
  const refused = { ...saved, refused: true };
  expect(savedKey({ ...refused, unkept: true })).toBe("storage.status");
  expect(savedKey({ ...refused, signedOut: true })).toBe("write.signedOut.status");
  expect([savedKey({ ...refused, status: "offline" }), savedLook({ ...refused, status: "offline" })]).toEqual(["write.status.offline", "offline"]);
});
