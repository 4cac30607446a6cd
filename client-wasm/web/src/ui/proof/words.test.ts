// The sentence under "Echtheid controleren", word for word, and what is said when something is lacking.
import { expect, test } from "vitest";
import type { Verified } from "../../core/proofCheck.ts";
import { dutch } from "../../i18n/testing.ts";
import type { WitnessState } from "../../api/types.ts";
import { alarmWords, standingWords } from "./standingWords.ts";
import { failureOf, remarksOf, sentenceOf, type Told } from "./words.ts";

const say = await dutch("2026-11-03T13:06:00Z");
const AT = "2026-11-03T13:05:00.000Z";
const witnesses = new Map([
  ["ggd", "GGD Flevoland"],
  ["zk", "Zilveren Kruis"],
]);

const told = (change: Partial<Told> = {}): Told => ({
  witnesses,
  person: { name: "Anna de Wit", party: "GGD Flevoland" },
  device: { kind: "first" },
  isLastOfMany: false,
  isErased: false,
  at: AT,
  now: Date.parse(AT) + 10_000,
  ...change,
});

function verified(cosigned: readonly string[], change: Partial<Verified> = {}): Verified {
  const sealed = { origin: "o", size: 9, root: "r", note: "", keys: [], cosigned: cosigned.map((id) => ({ id, at: AT })), required: 2, isMet: cosigned.length >= 2 };
  return { position: 3, sealed, time: "asRecorded", person: "asRecorded", actor: null, content: "asRecorded", actorPosition: 0, ...change };
}

test("all is as it should be", () => {
  const whole = verified(["ggd", "zk"]);
  expect(sentenceOf(whole, told(), say)).toBe(
    "Deze regel klopt: er is achteraf niets aan veranderd. Vastgelegd op 3 november 2026, 14:05, door Anna de Wit voor GGD Flevoland; meegetekend door GGD Flevoland en Zilveren Kruis.",
  );
  expect(remarksOf(whole, told(), say)).toEqual([]);
});

test("somebody who was forgotten is still somebody", () => {
  const forgotten = told({ person: { name: "", party: "Wijkverpleging Aardal" } });
  expect(sentenceOf(verified([]), forgotten, say)).toBe("Deze regel klopt: er is achteraf niets aan veranderd. Vastgelegd op 3 november 2026, 14:05, door een voormalig deelnemer voor Wijkverpleging Aardal.");
});

test("of what was erased it is said that it is gone, not that it did not change", () => {
  const erased = told({ isErased: true });
  const gone = verified(["ggd", "zk"], { content: "withheld" });
  expect(sentenceOf(gone, erased, say)).toBe(
    "De inhoud is later gewist. Vastgelegd op 3 november 2026, 14:05, door Anna de Wit voor GGD Flevoland; meegetekend door GGD Flevoland en Zilveren Kruis.",
  );
  expect(remarksOf(gone, erased, say)).toEqual([]);
  const unlinked = verified(["ggd", "zk"], { time: "withheld", person: "withheld", content: "withheld" });
  expect(sentenceOf(unlinked, erased, say)).toMatch(/^De inhoud is later gewist\. Vastgelegd; .*\.$/);
  expect(remarksOf(unlinked, erased, say)).toEqual(["Wie dit deed en wanneer, is niet meer na te rekenen."]);
});

test("not cosigned yet, first on its way and later by name", () => {
  const none = verified([]);
  expect(sentenceOf(none, told(), say)).toBe("Deze regel klopt: er is achteraf niets aan veranderd. Vastgelegd op 3 november 2026, 14:05, door Anna de Wit voor GGD Flevoland.");
  expect(remarksOf(none, told(), say)).toEqual(["Nog niet meegetekend: dat gebeurt binnen een minuut."]);
  const later = told({ now: Date.parse(AT) + 3_600_000 });
  expect(remarksOf(none, later, say)).toEqual(["Nog niet meegetekend door GGD Flevoland en Zilveren Kruis."]);
  expect(remarksOf(verified(["ggd"]), told(), say)).toEqual(["Nog niet meegetekend door Zilveren Kruis."]);
});

test("a plan that nobody cosigns says so", () => {
  const alone = { ...verified([]), sealed: { ...verified([]).sealed, required: 0, isMet: true } };
  expect(remarksOf(alone, told({ witnesses: new Map() }), say)).toEqual(["Bij dit plan tekent nog geen organisatie mee. Alleen de server staat hiervoor in."]);
});

test("what one may not see is not told as checked", () => {
  const leaf = verified(["ggd", "zk"], { time: "withheld", person: "withheld", content: "withheld" });
  expect(sentenceOf(leaf, told(), say)).toBe("Deze regel klopt: er is achteraf niets aan veranderd. Vastgelegd; meegetekend door GGD Flevoland en Zilveren Kruis.");
  expect(remarksOf(leaf, told(), say)).toEqual(["Wie, wat en wanneer kunt u met uw rol niet zelf controleren."]);
  const person = verified(["ggd", "zk"], { person: "withheld" });
  expect(sentenceOf(person, told(), say)).toMatch(/^Deze regel klopt: er is achteraf niets aan veranderd\. Vastgelegd op 3 november 2026, 14:05; /);
  expect(remarksOf(person, told(), say)).toEqual(["Wie dit deed, kunt u met uw rol niet zelf controleren."]);
});

test("an alarm says what is wrong and what to do", () => {
  expect(failureOf("otherContent", say)).toBe("De controle is mislukt: hier staat iets anders dan is vastgelegd. Meld dit aan het programmateam.");
  expect(failureOf("forked", say)).toBe("De controle is mislukt: de server toont een andere geschiedenis dan dit apparaat eerder zag. Meld dit aan het programmateam.");
});

function state(change: Partial<WitnessState> = {}): WitnessState {
  const checkpoint = { size: 9, root: "r", signedAt: AT, note: "" };
  const witness = (id: string, partyName: string) => ({ id, partyId: null, partyName, keys: [], state: "cosigned" as const, cosignedSize: 9, cosignedAt: AT, detail: null });
  return { origin: "o", eventCount: 9, checkpoint, witnessed: checkpoint, required: 2, isMet: true, witnesses: [witness("ggd", "GGD Flevoland"), witness("zk", "Zilveren Kruis")], alarms: [], ...change };
}

test("how a plan stands", () => {
  const whole = standingWords(state(), say);
  expect(whole).toEqual({ kind: "ok", sentence: "Tot en met 3 november 2026, 14:05 is achteraf niets veranderd of weggelaten. Daarvoor tekende mee: GGD Flevoland en Zilveren Kruis. Daarna is er niets gewijzigd." });
  expect(standingWords(state({ eventCount: 12 }), say).sentence).toMatch(/Voor 3 wijzigingen daarna is nog niet meegetekend; dat gebeurt meestal binnen een minuut\.$/);
  expect(standingWords(state({ witnesses: [], required: 0, witnessed: null }), say).kind).toBe("info");
  expect(standingWords(state({ witnessed: null }), say)).toEqual({ kind: "warning", sentence: "Er is nog niets meegetekend. Gevraagd zijn GGD Flevoland en Zilveren Kruis." });
  expect(standingWords(state({ checkpoint: null, witnessed: null }), say).kind).toBe("info");
});

test("every alarm has words, with the name of who raised it", () => {
  const alarm = { kind: "witness-refused" as const, detail: "", at: AT, position: null, witnessId: "zk" };
  expect(alarmWords(alarm, state(), say)).toBe("Zilveren Kruis weigert mee te tekenen: daar is een andere geschiedenis bekend dan de server nu toont.");
  const changed = { ...alarm, kind: "log-changed" as const, position: 7, witnessId: null };
  expect(alarmWords(changed, state(), say)).toMatch(/Het eerste verschil zit bij nummer 7\.$/);
});
