// The form of a commitment as plain text fields, and the way there and back: commitment → draft → the smallest patch.
// Pure, so that every field is tested both ways.
import type { Commitment, CommitmentPatch, Money, Precondition, Result, Scale } from "../../api/types.ts";

/** A result as it stands in the form: every part is text. */
export interface ResultDraft {
  readonly kind: Result["kind"];
  readonly indicator: string;
  readonly dimension: NonNullable<Result["dimension"]> | "";
  readonly promise: NonNullable<Result["promise"]> | "";
  readonly baseline: string;
  readonly target: string;
  readonly unit: string;
  readonly date: string;
  readonly question: string;
  readonly source: string;
}

export interface PreconditionDraft {
  readonly text: string;
  readonly addressee: string;
  readonly answer: string;
}

export interface MoneyDraft {
  readonly year: string;
  readonly amount: string;
  readonly source: string;
}

/** The whole form. */
export interface Draft {
  readonly title: string;
  readonly solution: string;
  readonly ownerPartyId: string;
  readonly partyIds: readonly string[];
  readonly scaleAgreed: Scale | "";
  readonly scaleCarriedOut: Scale | "";
  readonly results: readonly ResultDraft[];
  readonly measuredBy: string;
  readonly progress: string;
  readonly termStart: string;
  readonly termEnd: string;
  readonly challengeIds: readonly string[];
  readonly strandIds: readonly string[];
  readonly preconditions: readonly PreconditionDraft[];
  readonly money: readonly MoneyDraft[];
  readonly chapterId: string;
  readonly openBefore: string;
}

export const EMPTY_RESULT: ResultDraft = {
  kind: "quantitative",
  indicator: "",
  dimension: "",
  promise: "",
  baseline: "",
  target: "",
  unit: "",
  date: "",
  question: "",
  source: "",
};
export const EMPTY_PRECONDITION: PreconditionDraft = { text: "", addressee: "", answer: "" };
export const EMPTY_MONEY: MoneyDraft = { year: "", amount: "", source: "" };

export const EMPTY_DRAFT: Draft = {
  title: "",
  solution: "",
  ownerPartyId: "",
  partyIds: [],
  scaleAgreed: "",
  scaleCarriedOut: "",
  results: [],
  measuredBy: "",
  progress: "",
  termStart: "",
  termEnd: "",
  challengeIds: [],
  strandIds: [],
  preconditions: [],
  money: [],
  chapterId: "",
  openBefore: "",
};

/** A commitment as the form shows it. */
export function draftOf(commitment: Commitment): Draft {
  return {
    title: commitment.title,
    solution: commitment.solution ?? "",
    ownerPartyId: commitment.ownerPartyId ?? "",
    partyIds: commitment.partyIds,
    scaleAgreed: commitment.scaleAgreed ?? "",
    scaleCarriedOut: commitment.scaleCarriedOut ?? "",
    results: commitment.results.map(resultDraft),
    measuredBy: commitment.measuredBy ?? "",
    progress: commitment.progress ?? "",
    termStart: commitment.termStart ?? "",
    termEnd: commitment.termEnd ?? "",
    challengeIds: commitment.challengeIds,
    strandIds: commitment.strandIds,
    preconditions: commitment.preconditions.map(({ text, addressee, answer }) => ({ text, addressee: addressee ?? "", answer: answer ?? "" })),
    money: commitment.money.map(({ year, amountCents, source }) => ({ year: String(year), amount: euros(amountCents), source })),
    chapterId: commitment.chapterId ?? "",
    openBefore: commitment.openBefore ?? "",
  };
}

function resultDraft(result: Result): ResultDraft {
  return {
    kind: result.kind,
    indicator: result.indicator ?? "",
    dimension: result.dimension ?? "",
    promise: result.promise ?? "",
    baseline: (result.baseline ?? "").replace(".", ","),
    target: (result.target ?? "").replace(".", ","),
    unit: result.unit ?? "",
    date: result.date ?? "",
    question: result.question ?? "",
    source: result.source ?? "",
  };
}

/** What the form says, as the contract writes it. Every field is present. */
export function contentOf(draft: Draft): Required<Omit<CommitmentPatch, "title">> & { title: string } {
  return {
    title: draft.title.trim(),
    solution: textOrNull(draft.solution),
    ownerPartyId: textOrNull(draft.ownerPartyId),
    partyIds: [...draft.partyIds],
    scaleAgreed: draft.scaleAgreed === "" ? null : draft.scaleAgreed,
    scaleCarriedOut: draft.scaleCarriedOut === "" ? null : draft.scaleCarriedOut,
    results: draft.results.map(resultOf),
    measuredBy: textOrNull(draft.measuredBy),
    progress: textOrNull(draft.progress),
    termStart: textOrNull(draft.termStart),
    termEnd: textOrNull(draft.termEnd),
    challengeIds: [...draft.challengeIds],
    strandIds: [...draft.strandIds],
    preconditions: draft.preconditions.map(
      (each): Precondition => ({ text: each.text.trim(), addressee: textOrNull(each.addressee), answer: textOrNull(each.answer) }),
    ),
    money: draft.money.map((each): Money => ({ year: Number(each.year), amountCents: centsIn(each.amount) ?? 0, source: each.source.trim() })),
    chapterId: textOrNull(draft.chapterId),
    openBefore: textOrNull(draft.openBefore),
  };
}

function resultOf(draft: ResultDraft): Result {
  const common = { kind: draft.kind, dimension: draft.dimension === "" ? null : draft.dimension, promise: draft.promise === "" ? null : draft.promise, date: textOrNull(draft.date) };
  if (draft.kind === "narrative") return { ...common, question: textOrNull(draft.question), source: textOrNull(draft.source) };
  return {
    ...common,
    indicator: textOrNull(draft.indicator),
    baseline: decimalIn(draft.baseline),
    target: decimalIn(draft.target),
    unit: textOrNull(draft.unit),
  };
}

/** The fields in which two drafts differ, as a patch; empty when there is nothing to save. */
export function patchBetween(before: Draft, after: Draft): CommitmentPatch {
  const old = contentOf(before);
  const now = contentOf(after);
  const changed = Object.entries(now).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(old[field as keyof typeof old]));
  return Object.fromEntries(changed);
}

/** What is wrong in the form: the code of a sentence for each field, list fields as `results.0.target`. */
export function faultsIn(draft: Draft): ReadonlyMap<string, Fault> {
  const faults = new Map<string, Fault>();
  if (draft.title.trim() === "") faults.set("title", "titleMissing");
  if (draft.chapterId === "") faults.set("chapterId", "chapterMissing");
  if (draft.termStart !== "" && draft.termEnd !== "" && draft.termEnd < draft.termStart) faults.set("termEnd", "termReversed");
  draft.results.forEach((each, at) => {
    if (each.kind !== "quantitative") return;
    for (const part of ["baseline", "target"] as const) {
      if (each[part].trim() !== "" && decimalIn(each[part]) === null) faults.set(`results.${at}.${part}`, "badNumber");
    }
    // A deficit of today is a baseline; nobody agrees to reach one.
    if (Number(decimalIn(each.target)) < 0) faults.set(`results.${at}.target`, "belowZero");
  });
  draft.preconditions.forEach((each, at) => {
    if (each.text.trim() === "") faults.set(`preconditions.${at}.text`, "needsText");
  });
  draft.money.forEach((each, at) => {
    if (!/^[12]\d{3}$/.test(each.year.trim())) faults.set(`money.${at}.year`, "badYear");
    const cents = centsIn(each.amount);
    if (cents === null) faults.set(`money.${at}.amount`, "badAmount");
    else if (cents < 0) faults.set(`money.${at}.amount`, "belowZero");
    if (each.source.trim() === "") faults.set(`money.${at}.source`, "needsText");
  });
  return faults;
}

export type Fault = "titleMissing" | "chapterMissing" | "termReversed" | "badNumber" | "belowZero" | "needsText" | "badYear" | "badAmount";

/** A number as people type it ("1.250,5", "12.5") as the contract's decimal ("1250.5"); `null` when it is none. */
export function decimalIn(typed: string): string | null {
  const text = typed.trim().replaceAll(/\s/g, "");
  const plain = text.includes(",") ? text.replaceAll(".", "").replace(",", ".") : text;
  if (!/^-?\d{1,15}(\.\d{1,12})?$/.test(plain)) return null;
  const [whole = "", fraction = ""] = plain.split(".");
  const digits = whole.replace(/^(-?)0+(?=\d)/, "$1");
  const rest = fraction.replace(/0+$/, "");
  const number = rest === "" ? digits : `${digits}.${rest}`;
  return number === "-0" ? "0" : number;
}

/** An amount as people type it ("12.500", "€ 12.500,50", "300") in cents; `null` when it is none. */
export function centsIn(typed: string): number | null {
  const text = typed.trim().replaceAll(/[€\s]/g, "");
  const match = /^(-?)(\d{1,3}(?:\.\d{3})+|\d{1,13})(?:,(\d{2}|-))?$/.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", cents = "00"] = match;
  const amount = Number(whole.replaceAll(".", "")) * 100 + (cents === "-" ? 0 : Number(cents));
  return sign === "-" ? -amount : amount;
}

function euros(cents: number): string {
  const rest = Math.abs(cents % 100);
  const whole = Math.trunc(cents / 100);
  return rest === 0 ? String(whole) : `${whole},${String(rest).padStart(2, "0")}`;
}

function textOrNull(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : trimmed;
}
