// Small sentences that many pages need: who, when, lists, problems. Hooks around pure functions.
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError } from "../api/problem.ts";
import type { Actor, Source, Via } from "../api/types.ts";
import nl from "./nl.json";
import * as dates from "./dates.ts";

export type Words = TFunction;

/** Whose words some are, and where they come from. */
export interface Credit {
  readonly actor: Actor;
  readonly source: Source;
}

/** Ways to say things in the language of the interface. */
export interface Say {
  readonly t: Words;
  /** A name; somebody who was forgotten has none. */
  readonly person: (person: { readonly name: string }) => string;
  /** The same within a sentence: "een voormalig deelnemer". */
  readonly somebody: (person: { readonly name: string }) => string;
  /** "Fatima El Amrani (Gemeente Aardal)". */
  readonly who: (actor: Actor) => string;
  /** The same for words that nobody here wrote: "Overgenomen uit een document". */
  readonly credit: (credit: Credit) => string;
  /** What was told, and that a program did it in that person's name, if one did. */
  readonly byWay: (told: string, via: Via) => string;
  /** A sentence with a capital, also where it begins with nobody's name: "Voormalig deelnemer (GGD) schreef …". */
  readonly sentence: (text: string) => string;
  /** "A, B en C". */
  readonly list: (items: readonly string[]) => string;
  readonly moment: (at: string) => string;
  /** The same to the second: "vandaag 14:05:37". */
  readonly momentToSecond: (at: string) => string;
  /** "3 november 2026, 14:05". */
  readonly fullMoment: (at: string) => string;
  readonly day: (at: string) => string;
  /** The same within a sentence: "vandaag", "op 7 december". */
  readonly onDay: (at: string) => string;
  readonly span: (from: string, to: string) => string;
  readonly localDate: (date: string) => string;
  readonly hasBegun: (date: string) => boolean;
  readonly number: (value: number) => string;
  readonly euros: (cents: number) => string;
  readonly problem: (error: ApiError) => string;
}

const clock = (): Date => new Date();

/** The ways to say things now; times are relative to when the page was drawn. */
export function useSay(): Say {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => saying(t, language === "en" ? "en-GB" : "nl-NL", clock), [t, language]);
}

/** The ways to say things for given words, locale and clock. */
export function saying(t: Words, locale: string, now: () => Date): Say {
  const words: dates.DateWords = { locale, today: t("app.today"), yesterday: t("app.yesterday") };
  const lists = new Intl.ListFormat(locale, { type: "conjunction" });
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });
  return {
    t,
    person: (person) => personOf(person, t),
    somebody: ({ name }) => (name === "" ? t("app.aFormerMember") : name),
    who: (actor) => whoOf(actor, t),
    credit: (credit) => creditOf(credit, t),
    byWay: (told, via) => (via === "token" ? t("app.byProgram", { told }) : told),
    sentence: (text) => sentenceOf(text, t),
    list: (items) => lists.format(items),
    moment: (at) => dates.moment(new Date(at), now(), words),
    momentToSecond: (at) => dates.momentToSecond(new Date(at), now(), words),
    fullMoment: (at) => dates.fullMoment(new Date(at), words),
    day: (at) => dates.dayWords(new Date(at), now(), words),
    onDay: (at) => {
      const day = dates.dayWords(new Date(at), now(), words);
      return day === words.today || day === words.yesterday ? day : t("app.onDay", { day });
    },
    span: (from, to) => dates.span(new Date(from), new Date(to), now(), words),
    localDate: (date) => dates.localDate(date, words),
    hasBegun: (date) => dates.hasBegun(date, now()),
    number: (value) => numbers.format(value),
    euros: (cents) =>
      new Intl.NumberFormat(locale, {
        style: "currency",
        currency: "EUR",
        minimumFractionDigits: cents % 100 === 0 ? 0 : 2,
        maximumFractionDigits: 2,
      }).format(cents / 100),
    problem: (error) => problemOf(error.code, t),
  };
}

/** Ways to say things where these times are names: two that would read the same are said to the second. */
export function tellingApart(say: Say, times: readonly string[]): Say {
  const isAmbiguous = (at: string) => times.some((other) => Date.parse(at) !== Date.parse(other) && say.moment(at) === say.moment(other));
  return { ...say, moment: (at) => (isAmbiguous(at) ? say.momentToSecond(at) : say.moment(at)) };
}

function personOf({ name }: { readonly name: string }, t: Words): string {
  return name === "" ? t("app.formerMember") : name;
}

function whoOf(actor: Actor, t: Words): string {
  if (actor.person === null) return actor.party?.name ?? t("app.nobody");
  const person = personOf(actor.person, t);
  if (actor.party === null) return person;
  return t("app.personOfParty", { person, party: actor.party.name });
}

/** Names keep their own first letter: "e-Health Waterland" is no "E-Health". */
function sentenceOf(text: string, t: Words): string {
  const isNameless = [t("app.formerMember"), t("app.nobody")].some((words) => text.startsWith(words));
  return isNameless ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

function creditOf({ actor, source }: Credit, t: Words): string {
  switch (source) {
    case "writer":
      return whoOf(actor, t);
    case "brought":
      return t("history.broughtBy", { who: whoOf(actor, t) });
    case "document":
      return t("history.fromDocument");
    case "startText":
      return t("history.startText");
    case "rewritten":
      return t("history.rewritten");
    default:
      return source satisfies never;
  }
}

/** The sentence for a code of refusal or trouble. What the server adds is English, for those who build on it. */
export function problemOf(code: string, t: Words): string {
  return t(isProblemKey(code) ? `problem.${code}` : "problem.other");
}

type ProblemKey = keyof typeof nl.problem;

function isProblemKey(code: string): code is ProblemKey {
  return Object.hasOwn(nl.problem, code);
}
