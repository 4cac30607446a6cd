// What a field of a commitment says, in words: one sentence, or a list. Pure; names and words arrive as arguments.
import type { Commitment, CommitmentField, FieldChange, Money, Precondition, Result, Scale } from "../../api/types.ts";
import type { Say } from "../../i18n/words.ts";
import { wordDiff, type WordRun } from "./wordDiff.ts";

/** How ids are named. */
export interface Names {
  readonly party: (id: string) => string;
  readonly chapter: (id: string) => string;
  readonly challenge: (id: string) => string;
  readonly strand: (id: string) => string;
}

/** The lines that a value reads as; none when it is empty. A list field has one line for each item. */
export function linesOf(field: CommitmentField, value: unknown, names: Names, say: Say): string[] {
  if (value === null || value === undefined || value === "") return [];
  switch (field) {
    case "title":
    case "solution":
    case "measuredBy":
    case "progress":
      return [String(value)];
    case "ownerPartyId":
      return [names.party(String(value))];
    case "chapterId":
      return [names.chapter(String(value))];
    case "partyIds":
      return strings(value).map(names.party).sort(inOrder);
    case "challengeIds":
      return strings(value).map(names.challenge);
    case "strandIds":
      return strings(value).map(names.strand);
    case "scaleAgreed":
    case "scaleCarriedOut":
      return [scaleWords(String(value), say)];
    case "termStart":
    case "termEnd":
    case "openBefore":
      return [say.localDate(String(value))];
    case "results":
      return items<Result>(value).map((result) => resultWords(result, say));
    case "preconditions":
      return items<Precondition>(value).map((each) => preconditionWords(each, say));
    case "money":
      return items<Money>(value).map((each) => say.t("money.sentence", { year: each.year, amount: say.euros(each.amountCents), source: each.source }));
    default:
      return field satisfies never;
  }
}

/** In the place of a field that is still empty: until when that may be, and whether that day has come. */
export function toBeDone(openBefore: string | null, { t, localDate, hasBegun }: Say): string {
  if (openBefore === null) return t("commitments.toBeDone");
  return t(hasBegun(openBefore) ? "commitments.toBeDoneLate" : "commitments.toBeDoneBefore", { date: localDate(openBefore) });
}

/** How much a commitment still lacks, and whether that is late: "Te laat: 2 onderdelen zouden vóór 1 december 2026 zijn uitgewerkt". */
export function lackOf({ missing: { length: count }, openBefore }: Pick<Commitment, "missing" | "openBefore">, { t, localDate, hasBegun }: Say): string | null {
  if (count === 0) return null;
  return openBefore !== null && hasBegun(openBefore) ? t("commitments.missingLate", { count, date: localDate(openBefore) }) : t("commitments.missing", { count });
}

/** What one of the results still lacks, behind its line: " (nog zonder: Op datum)". */
export function lackOfResult({ missingInResults }: Pick<Commitment, "missingInResults">, index: number, { t, list }: Say): string {
  // An answer that a device kept from an older server does not tell.
  const parts = missingInResults?.[index] ?? [];
  return parts.length === 0 ? "" : ` (${t("result.lacks", { parts: list(parts.map((part) => t(`resultPart.${part}`))) })})`;
}

/** Whether a field holds a list, whose change is items that came and went. */
export function isList(field: CommitmentField): boolean {
  return ["partyIds", "challengeIds", "strandIds", "results", "preconditions", "money"].includes(field);
}

/** A change of one field as what was and what became, or as what came and went. */
export type FieldWords =
  | { readonly kind: "value"; readonly was: string | null; readonly became: string | null }
  | { readonly kind: "list"; readonly removed: readonly string[]; readonly added: readonly string[]; readonly changed: readonly (readonly WordRun[])[] };

export function fieldWords(change: FieldChange, names: Names, say: Say): FieldWords {
  const was = linesOf(change.field, change.old, names, say);
  const became = linesOf(change.field, change.new, names, say);
  if (!isList(change.field)) return { kind: "value", was: was[0] ?? null, became: became[0] ?? null };
  const [removed, added] = [without(was, became), without(became, was)];
  return isOfNames(change.field) ? { kind: "list", removed, added, changed: [] } : { kind: "list", ...matched(removed, added) };
}

/** Whether a list holds names: another name is another item, however much it is like the first. */
function isOfNames(field: CommitmentField): boolean {
  return ["partyIds", "challengeIds", "strandIds"].includes(field);
}

/** How much of a line stays in one that is the same item, changed. */
const SAME_ITEM_SHARE = 0.5;

/** Lines that went and came apart from lines that changed: a target of 78 for one of 70 is no other result. */
function matched(removed: readonly string[], added: readonly string[]) {
  const left = [...added];
  const changed: (readonly WordRun[])[] = [];
  const gone = removed.filter((line) => {
    const runs = left.map((other) => wordDiff(line, other));
    const at = runs.findIndex((each, index) => isSameItem(each, Math.max(line.length, left[index]?.length ?? 0)));
    const found = runs[at];
    if (found === undefined) return true;
    changed.push(found);
    left.splice(at, 1);
    return false;
  });
  return { removed: gone, added: left, changed };
}

/** An item begins with what it is about. */
function isSameItem(runs: readonly WordRun[], length: number): boolean {
  const stayed = runs.filter(({ change }) => change === "same").reduce((sum, { text }) => sum + text.length, 0);
  return runs[0]?.change === "same" && stayed >= SAME_ITEM_SHARE * length;
}

/** `lines` without those that `others` also has, as often as it has them. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function resultWords(result: Result, say: Say): string {
  const { t } = say;
  const source = result.source ? t("result.sentenceSource", { source: result.source }) : "";
  if (result.kind === "narrative") {
    return joined([result.question ?? result.indicator ?? "", source, result.date ? t("result.sentenceDate", { date: say.localDate(result.date) }) : ""], t("result.incomplete"));
  }
  const target = result.target ? [decimalWords(result.target, say), result.unit ?? ""].filter((part) => part !== "").join(" ") : "";
  const main = [result.indicator ?? "", target].filter((part) => part !== "").join(": ");
  const more = [
    result.baseline ? t("result.sentenceBaseline", { baseline: decimalWords(result.baseline, say) }) : "",
    result.date ? t("result.sentenceDate", { date: say.localDate(result.date) }) : "",
  ];
  return joined([main, ...more], t("result.incomplete"));
}

function joined(parts: readonly string[], empty: string): string {
  const filled = parts.filter((part) => part !== "");
  return filled.length === 0 ? empty : filled.join(", ");
}

/** A decimal of the contract ("12.5") as it is written here ("12,5"), without rounding. */
export function decimalWords(decimal: string, say: Say): string {
  const [whole = "", fraction] = decimal.split(".");
  if (!/^-?\d+$/.test(whole) || whole.length > 15) return decimal;
  const separator = say.number(1.5).replace(/\d/g, "");
  return fraction === undefined ? say.number(Number(whole)) : `${say.number(Number(whole))}${separator}${fraction}`;
}

function preconditionWords(each: Precondition, { t }: Say): string {
  const main = each.addressee ? t("precondition.sentence", { text: each.text, addressee: each.addressee }) : each.text;
  return each.answer ? `${main}, ${t("precondition.sentenceAnswer", { answer: each.answer })}` : main;
}

const SCALES: readonly Scale[] = ["local", "subregional", "regional", "supraregional", "national"];

function scaleWords(value: string, { t }: Say): string {
  const scale = SCALES.find((each) => each === value);
  return scale === undefined ? value : t(`scale.${scale}`);
}

/** The items of a list field; none when an older or newer version wrote something else there. */
function items<T extends object>(value: unknown): T[] {
  return Array.isArray(value) ? value.filter((each): each is T => typeof each === "object" && each !== null) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function inOrder(a: string, b: string): number {
  return a.localeCompare(b, "nl");
}
