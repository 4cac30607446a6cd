// Who was at an agreement last: whoever only made it changed nothing.
import { describe, expect, test } from "vitest";
import type { Commitment } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { lastChangeWords } from "./changeWords.ts";

const lastChanged: Commitment["lastChanged"] = { actor: { person: { id: "p", name: "Fatima" }, party: { id: "o", name: "Gemeente Aardal" } }, source: "writer", at: "2026-11-21T10:00:00Z", position: 4 };

describe("who was at it last", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");

  test("who made it, as long as nobody changed it", () => {
    expect(lastChangeWords({ revision: 0, lastChanged, lastChangedVia: "browser" }, say)).toMatch(/^Gemaakt door Fatima \(Gemeente Aardal\), /);
  });

  test("who changed it last", () => {
    expect(lastChangeWords({ revision: 1, lastChanged, lastChangedVia: "browser" }, say)).toMatch(/^Laatst gewijzigd door Fatima \(Gemeente Aardal\), /);
  });

  test("that a program did it in somebody's name", () => {
    expect(lastChangeWords({ revision: 0, lastChanged, lastChangedVia: "token" }, say)).toMatch(/^Gemaakt door .* \(met een eigen programma\)$/);
  });
});
