// The file for spreadsheets holds what the page says, and nothing a spreadsheet would run.
import { expect, test } from "vitest";
import type { PlanEvent } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { csvOf } from "./csv.ts";

const say = await dutch("2026-11-22T12:00:00Z");

const event = (kind: string, more: Partial<PlanEvent> = {}): PlanEvent => ({
  position: 9,
  firstPosition: 9,
  count: 1,
  at: "2026-11-22T10:04:00Z",
  startedAt: "2026-11-22T10:00:00Z",
  kind,
  actor: { person: { id: "p", name: "Fatima" }, party: { id: "g", name: "Gemeente Aardal" } },
  via: "browser",
  subject: { kind: "text", id: "h", title: 'Zorg; "dichtbij"' },
  details: {},
  ...more,
});

test("one line for each thing that happened, in words", () => {
  const file = csvOf([event("text.changed/1", { details: { insertedCharacters: 12, deletedCharacters: 0 } }), event("text.generation/1")], say);
  expect(file.split("\r\n")).toEqual([
    "\ufeffWanneer (jaar-maand-dag, Nederlandse tijd);Wie;Organisatie;Wat;Reden;Erbij (aantal tekens);Weg (aantal tekens)",
    '2026-11-22 11:04;Fatima;Gemeente Aardal;"Fatima (Gemeente Aardal) schreef in Zorg; ""dichtbij""";;12;0',
    "",
  ]);
});

test("a name that looks like a formula stays a name", () => {
  const actor = { person: { id: "p", name: "=1+1" }, party: null };
  expect(csvOf([event("text.changed/1", { actor })], say)).toContain(";'=1+1;");
});
