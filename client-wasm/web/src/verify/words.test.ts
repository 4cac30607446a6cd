// What the page that checks exports says of keys that are none, of other files and of amounts.
import { expect, test } from "vitest";
import { isForeign, valueText } from "./view.ts";
import { problemWords } from "./words.ts";

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
