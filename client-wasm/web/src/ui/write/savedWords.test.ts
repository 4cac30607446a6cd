// The line beside the text never says that everything is saved while some words are not.
import { expect, test } from "vitest";
import { dutch } from "../../i18n/testing.ts";
import { type Kept, savedKey, savedLook, saysOffline, troubleOf } from "./savedWords.ts";

const { t } = await dutch("2026-11-22T12:00:00Z");
const saved: Kept = { status: "saved", signedOut: false, unkept: false, passing: false, refused: false, ended: false };

test("saved is said plainly only where it holds for all words", () => {
  expect([t(savedKey(saved)), savedLook(saved)]).toEqual(["Opgeslagen", "saved"]);
  const refused = { ...saved, refused: true };
  expect([t(savedKey(refused)), savedLook(refused)]).toEqual(["Opgeslagen, behalve de woorden boven de tekst", "refused"]);
});

test("words that the browser may lose are said to be so in the one line about the connection", () => {
  const passing = { ...saved, status: "offline", passing: true } as const;
  expect(t(savedKey(passing))).toMatch(/^Geen verbinding\. Uw woorden staan alleen op dit apparaat\. .* verstuurd zodra er weer verbinding is\.$/);
  expect(savedKey({ ...passing, passing: false })).toBe("write.status.offline");
  expect(savedKey({ ...passing, ended: true })).toBe("write.ended.offline");
});

test("whatever the line says without a connection, it says that there is none, so that nothing else has to", () => {
  for (const passing of [false, true]) {
    for (const ended of [false, true]) {
      for (const unkept of [false, true]) {
        const kept = { ...saved, status: "offline", passing, ended, unkept } as const;
        expect([saysOffline(kept), t(savedKey(kept))]).toEqual([true, expect.stringMatching(/geen verbinding/i)]);
      }
    }
  }
  expect(saysOffline({ ...saved, status: "offline", signedOut: true })).toBe(false);
  expect([saysOffline(saved), saysOffline({ ...saved, status: "stopped", unkept: true })]).toEqual([false, false]);
});

test("what is worse than refused words goes before them", () => {
  const refused = { ...saved, refused: true };
  expect(savedKey({ ...refused, unkept: true })).toBe("storage.status");
  expect(savedKey({ ...refused, signedOut: true })).toBe("write.signedOut.status");
  expect([savedKey({ ...refused, status: "offline" }), savedLook({ ...refused, status: "offline" })]).toEqual(["write.status.offline", "offline"]);
});

test("once writing has ended the line says so calmly, and leaves the rest to the message above", () => {
  for (const status of ["saved", "saving", "closed"] as const) {
    const ended = { ...saved, status, refused: true, ended: true };
    expect([t(savedKey(ended)), savedLook(ended)]).toEqual(["U leest nu alleen mee.", "ended"]);
  }
  const cutOff = { ...saved, status: "offline", ended: true } as const;
  expect([t(savedKey(cutOff)), savedLook(cutOff)]).toEqual(["U leest nu alleen mee. Er is geen verbinding; wat nog niet is verstuurd, blijft op dit apparaat bewaard.", "offline"]);
  expect(savedLook({ ...saved, status: "closed", signedOut: true })).toBe("closed");
});

test("that one may only read now ends what was heard of a connection that was lost", () => {
  expect(troubleOf({ ...saved, status: "offline" })).toBe(true);
  expect(troubleOf({ ...saved, status: "saving" })).toBeNull();
  expect(troubleOf({ ...saved, status: "closed" })).toBeNull();
  for (const status of ["saved", "saving", "closed"] as const) expect(troubleOf({ ...saved, status, ended: true })).toBe(false);
  expect(troubleOf({ ...saved, unkept: true, ended: true })).toBe(true);
});
