// Every kind of event the domain knows reads as a sentence; an unknown one still says who.
import { expect, test } from "vitest";
import type { PlanEvent } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { isErasable, isRestoreOfText, isTold, pageOf, sentenceOf, whyNotRead } from "./eventWords.ts";

const say = await dutch("2026-11-22T12:00:00Z");

function event(kind: string, more: Partial<PlanEvent> = {}): PlanEvent {
  return {
    position: 9,
    firstPosition: 9,
    count: 1,
    at: "2026-11-22T10:00:00Z",
    startedAt: "2026-11-22T10:00:00Z",
    kind,
    actor: { person: { id: "p", name: "Fatima" }, party: { id: "g", name: "Gemeente Aardal" } },
    via: "browser",
    subject: { kind: "commitment", id: "c", title: "Nachtzorg samen" },
    details: {},
    ...more,
  };
}

test("a changed commitment names the fields", () => {
  const amended = event("commitment.amended/1", { details: { fields: [{ field: "termEnd", old: null, new: "2028-01-01" }, { field: "money", old: [], new: [] }] } });
  expect(sentenceOf(amended, say)).toBe("Fatima (Gemeente Aardal) wijzigde afspraak Nachtzorg samen: de einddatum en het geld");
});

test("a sentence about somebody who was forgotten begins with a capital", () => {
  const forgotten = { person: { id: "p", name: "" }, party: { id: "z", name: "Zorggroep West" } };
  expect(sentenceOf(event("chapter.renamed/1", { actor: forgotten }), say)).toMatch(/^Voormalig deelnemer \(Zorggroep West\) noemde/);
  const lower = { person: { id: "p", name: "e-Anna" }, party: null };
  expect(sentenceOf(event("chapter.renamed/1", { actor: lower }), say)).toMatch(/^e-Anna noemde/);
});

test("a given role names person, party and role", () => {
  const granted = event("rights.granted/1", { subject: { kind: "rights", id: "p2", title: null }, details: { person: { id: "p2", name: "Jan" }, party: { id: "z", name: "Zorggroep West" }, role: "coalitie" } });
  expect(sentenceOf(granted, say)).toBe("Fatima (Gemeente Aardal) gaf Jan (Zorggroep West) de rol Verbindende Coalitie");
});

test("a freeze names its version in the history of the plan", () => {
  const subject = { kind: "chapter", id: "h", title: "Voorwoord" } as const;
  expect(sentenceOf(event("chapter.frozen/1", { subject, details: { title: "concept 7 december" } }), say)).toBe("Fatima (Gemeente Aardal) legde Voorwoord vast als “concept 7 december”");
  expect(sentenceOf(event("chapter.frozen/1", { subject }), say)).toBe("Fatima (Gemeente Aardal) legde Voorwoord vast");
});

test("text says by which way it came", () => {
  const text = { subject: { kind: "text", id: "h", title: "Voorwoord" } } as const;
  expect(sentenceOf(event("text.changed/1", text), say)).toBe("Fatima (Gemeente Aardal) schreef in Voorwoord");
  expect(sentenceOf(event("text.changed/1", { ...text, via: "token" }), say)).toBe("Fatima (Gemeente Aardal) bracht met een eigen programma tekst in bij Voorwoord");
  expect(sentenceOf(event("commitment.created/1", { via: "token" }), say)).toBe("Fatima (Gemeente Aardal) maakte afspraak Nachtzorg samen (met een eigen programma)");
});

function recovered(lostCount: number | null): string {
  const recovery = { kept: 40, madeAt: "2026-11-21T08:12:00Z", lastKnown: lostCount === null ? null : 40 + lostCount, lostCount };
  return sentenceOf(event("plan.recovered/1", { actor: { person: null, party: null }, details: { recovery } }), say);
}

test("a recovery says from when the backup is and what was not in it", () => {
  expect(recovered(null)).toBe("Het plan is hersteld uit een reservekopie van gisteren 09:12. Wat daarna is opgeslagen en niet terugkwam van iemands apparaat, is verloren");
  expect(recovered(0)).toBe("Het plan is hersteld uit een reservekopie van gisteren 09:12. Er ging niets verloren");
  expect(recovered(1)).toBe("Het plan is hersteld uit een reservekopie van gisteren 09:12. 1 latere gebeurtenis ontbrak in die kopie");
  expect(recovered(7)).toBe("Het plan is hersteld uit een reservekopie van gisteren 09:12. 7 latere gebeurtenissen ontbraken in die kopie");
});

test("how a text is kept is not told", () => {
  expect([isTold(event("text.generation/1")), isTold(event("text.changed/1"))]).toEqual([false, true]);
});

test("a kind of a later version is still shown", () => {
  expect(sentenceOf(event("vote.cast/3"), say)).toBe("Fatima (Gemeente Aardal) deed iets met Nachtzorg samen");
});

test("text leads to what changed, from just before its first change, with the share of whoever wrote it", () => {
  const typed: Partial<PlanEvent> = { subject: { kind: "text", id: "h", title: "Voorwoord" }, firstPosition: 5, position: 9 };
  expect(pageOf(event("text.changed/1", typed))).toBe("hoofdstukken/h/geschiedenis/4/9?wie=p&organisatie=g");
  expect(pageOf(event("text.changed/1", { ...typed, via: "import" }))).toBe("hoofdstukken/h/geschiedenis/4/9");
  expect(pageOf(event("text.changed/1", { ...typed, actor: { person: null, party: null } }))).toBe("hoofdstukken/h/geschiedenis/4/9");
});

test("what one may not see is told without its content, and leads nowhere", () => {
  const withheld = event("commitment.amended/1", { subject: { kind: "commitment", id: "c", title: null }, withheld: "not-allowed" });
  expect(sentenceOf(withheld, say)).toBe("Fatima (Gemeente Aardal) wijzigde een afspraak die u niet kunt lezen");
  expect(pageOf(withheld)).toBeNull();
});

test("a line about words that one may not read leads nowhere and says why", () => {
  const of = (more: Partial<PlanEvent>) => event("text.changed/1", { subject: { kind: "text", id: "h", title: "Voorwoord" }, via: "import", ...more });
  const before = of({ withheld: "history-not-offered" });
  expect(pageOf(before)).toBeNull();
  expect(whyNotRead(before, say)).toBe("Wat er vóór het klaarzetten voor meelezen in deze tekst veranderde, kunt u niet lezen.");
  expect(whyNotRead(of({ withheld: "history-erased" }), say)).toBe("De tekst van toen is gewist. Die is niet meer te lezen, te vergelijken of terug te zetten.");
  expect(whyNotRead(of({ withheld: "not-allowed" }), say)).toBe("Wat hier in de tekst veranderde, kunt u met uw rol niet lezen.");
  expect(whyNotRead(of({}), say)).toBeNull();
  // The sentence itself says that one cannot read it.
  expect(whyNotRead(event("commitment.amended/1", { withheld: "not-allowed" }), say)).toBeNull();
});

test("what was erased says that something changed, and can be asked for no second time", () => {
  const gone = event("commitment.amended/1", { erased: { at: "2026-11-22T11:00:00Z", ground: "unlawful" } });
  expect(sentenceOf(gone, say)).toBe("Fatima (Gemeente Aardal) wijzigde iets aan Nachtzorg samen");
  expect(sentenceOf(event("commitment.created/1", { erased: gone.erased }), say)).toBe("Fatima (Gemeente Aardal) maakte afspraak Nachtzorg samen");
  expect([isErasable(gone), isErasable(event("commitment.amended/1"))]).toEqual([false, true]);
  expect(isErasable(event("text.changed/1", { subject: { kind: "text", id: "h", title: "Voorwoord" } }))).toBe(false);
});

test("of a restore whose text was erased one still reads that text came back", () => {
  const subject = { kind: "chapter", id: "h", title: "Nachtzorg" } as const;
  const gone = event("text.restored/1", { subject, erased: { at: "2026-11-22T11:00:00Z", ground: "unlawful" } });
  expect(sentenceOf(gone, say)).toBe("Fatima (Gemeente Aardal) zette tekst terug in Nachtzorg");
  expect([isRestoreOfText(gone), isRestoreOfText(event("commitment.restored/1"))]).toEqual([true, false]);
});

test("every step of a request to erase has its sentence", () => {
  const about = { subject: { kind: "erasure", id: null, title: "Regioplan" } } as const;
  expect(sentenceOf(event("erasure.requested/1", about), say)).toBe("Fatima (Gemeente Aardal) vroeg aan om gegevens te wissen");
  expect(sentenceOf(event("erasure.carried-out/1", about), say)).toBe("De goedgekeurde gegevens zijn gewist");
  expect(pageOf(event("erasure.approved/1", about))).toBeNull();
});

test("a step of erasing earlier text names the chapter, and leads to its history", () => {
  const textOf = { kind: "chapter", id: "h", title: "Nachtzorg" } as const;
  const about = { subject: { kind: "erasure", id: null, title: "Regioplan" }, details: { textOf } } as const;
  expect(sentenceOf(event("erasure.requested/1", about), say)).toBe("Fatima (Gemeente Aardal) vroeg aan om de eerdere tekst van Nachtzorg te wissen");
  expect(sentenceOf(event("erasure.text-closed/1", about), say)).toBe("De eerdere tekst van Nachtzorg is afgesloten. Het hoofdstuk gaat verder met de tekst die er stond");
  expect(sentenceOf(event("erasure.carried-out/1", about), say)).toBe("De eerdere tekst van Nachtzorg is gewist");
  expect(pageOf(event("erasure.approved/1", about))).toBe("hoofdstukken/h/geschiedenis");
});

test("a restore that took another one back says so, and by when that was", () => {
  const subject = { kind: "chapter", id: "h", title: "Nachtzorg" } as const;
  const undoes = { position: 4, at: "2026-11-22T06:12:00Z" };
  expect(sentenceOf(event("text.restored/1", { subject, details: { undoes } }), say)).toBe("Fatima (Gemeente Aardal) maakte in Nachtzorg het terugzetten van vandaag 07:12 ongedaan");
});

test("a section that came back is named beside its chapter", () => {
  const subject = { kind: "chapter", id: "h", title: "Nachtzorg" } as const;
  expect(sentenceOf(event("text.restored/1", { subject, details: { title: "Wie doet wat" } }), say)).toBe("Fatima (Gemeente Aardal) zette de paragraaf “Wie doet wat” terug in Nachtzorg");
  expect(sentenceOf(event("text.restored/1", { subject, details: {} }), say)).toBe("Fatima (Gemeente Aardal) zette tekst terug in Nachtzorg");
});
