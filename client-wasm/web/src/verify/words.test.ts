// What the page that checks exports and proofs says of keys that are none, of other files, of amounts and of one event.
import { expect, test } from "vitest";
import type { Proved } from "../core/exportCheck.ts";
import { partsOf, provedSentences } from "./proved.ts";
import { isForeign, valueText } from "./view.ts";
import { problemWords, proofFaultWords } from "./words.ts";

const judged = (kind: { code: string; found?: string }, line = 1) => isForeign({ line, position: null, kind, said: "" });

test("a line that is no key is told in the language of the page", () => {
  const error = new Error('"abc" is not a key');
  expect(problemWords("nl", error)).toBe("Dit is geen sleutel: abc");
  expect(problemWords("en", error)).toBe("This is not a key: abc");
  expect(problemWords("nl", new Error("two witnesses have the same id or public key"))).toMatch(/^Deze sleutels gaan niet samen/);
  expect(problemWords("nl", new DOMException("gone", "NotReadableError"))).toBe("Het bestand is niet te lezen. Kies het opnieuw.");
});

test("a file that never was an export is told from one that is not right", () => {
  expect([judged({ code: "notAnExport" }), judged({ code: "lineTooLong" }), judged({ code: "otherFormat", found: "proof" })]).toEqual([true, true, true]);
  expect([judged({ code: "truncated" }), judged({ code: "lineTooLong" }, 7), judged({ code: "otherFormat", found: "schrijftafel-export/9" })]).toEqual([false, false, false]);
});

test("an amount has its label and its currency", () => {
  const money = [{ year: 2026, amountCents: 1_250_000, source: null }];
  expect(valueText(money, {}, "nl")).toMatch(/^Jaar: 2026, Bedrag: €\s12\.500,00$/);
  expect(valueText(money, {}, "en")).toBe("Year: 2026, Amount: €12,500.00");
});

test("a proof says what it shows, and of whom, what and which server it cannot know", () => {
  const event = { at: "2026-11-22T10:00:00Z", kind: "commitment.amended/1", stream: "commitment/c", actorPosition: 3, content: { changes: [] }, contentBytes: 14 };
  const proved: Proved = { plan: "p-1", position: 1_007, size: 1_234, keys: ["k"], isKeyTrusted: false, cosigned: [], event };
  expect(provedSentences(proved, "nl")).toEqual([
    "Gebeurtenis 1.007 van het plan. Ze staat op haar plaats in de lijst van 1.234 gebeurtenissen die de server heeft ondertekend.",
    "Vastgelegd op 22 november 2026 om 11:00:00: een afspraak is gewijzigd.",
    "Wie het deed staat in gebeurtenis 3 van het plan. Dit bestand noemt geen naam: die stond op de pagina waar u het opsloeg.",
    "Het plan staat er met zijn nummer in, niet met zijn titel: p-1.",
    "Of het de server van dit plan was die ondertekende, weet u pas als u een sleutel opgeeft die u ergens anders vandaan hebt.",
  ]);
  const last = (more: Partial<Proved>) => provedSentences({ ...proved, isKeyTrusted: true, ...more }, "en").slice(1);
  expect(last({ event: null })[0]).toMatch(/^What it is, when and by whom cannot be seen here/);
  expect(last({ event: { ...event, content: null, contentBytes: null } })[2]).toMatch(/^The content cannot be seen here/);
  expect(last({ event: { ...event, stream: "text/h/1", content: null } })[2]).toMatch(/^The content is a change of text \(14 bytes\)/);
  expect(last({}).some((sentence) => sentence.includes("key"))).toBe(false);
});

test("a fault of a proof is told in Dutch, one that the page does not know in English", () => {
  expect(proofFaultWords("nl", "altered", "x")).toBe("Wat er te lezen is, is niet wat is vastgelegd.");
  expect([proofFaultWords("nl", "new", "x"), proofFaultWords("en", "altered", "x")]).toEqual(["x", "x"]);
});

test("what a proof shows has plain names, and neither codes in full nor what only a program reads", () => {
  const content = { to: 0, reason: "te snel", party: "0192a1b2-0000-7000-8000-000000000000", links: [[1, 2]], changes: ["00ff", { field: "title", old: "a", new: "b" }] };
  expect(partsOf(content, "nl")).toEqual({
    changes: [{ field: "title", old: "a", new: "b" }],
    parts: [
      ["Terug naar versie", "1"],
      ["Reden", "te snel"],
      ["Organisatie", "nummer 0192a1b2…"],
    ],
  });
  const event = { at: "2026-11-22T10:00:00Z", kind: "new.kind/1", stream: "commitment/c", actorPosition: 3, content: null, contentBytes: 1 };
  const proved: Proved = { plan: "p", position: 1, size: 2, keys: [], isKeyTrusted: true, cosigned: [], event };
  expect(provedSentences(proved, "nl")[1]).toMatch(/een gebeurtenis over een afspraak \(new\.kind\/1\)\.$/);
});
