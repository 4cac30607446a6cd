// Fields of a commitment that two people changed at once: one's own words and theirs, until one of them is chosen.
// Pure, so that every way of crossing is tested.
import type { CommitmentField } from "../../api/types.ts";
import { type Draft, patchBetween } from "./draft.ts";

/** One field that was changed on both sides. */
export interface Twice {
  readonly field: CommitmentField;
  /** The fields of both drafts under the same name, as the form holds them. */
  readonly mine: Partial<Draft>;
  readonly theirs: Partial<Draft>;
  readonly chosen: "mine" | "theirs" | null;
}

/** What the form holds, and what is still to be chosen, after others' content came in between. */
export interface Crossed {
  readonly draft: Draft;
  readonly twice: readonly Twice[];
}

/** Puts others' newest content under one's own changes. Where both changed a field, one's own stays and it is asked. */
export function crossed(base: Draft, mine: Draft, theirs: Draft): Crossed {
  const own = new Set(changedFields(base, mine));
  const others = new Set(changedFields(base, theirs));
  const differ = changedFields(mine, theirs).filter((field) => own.has(field) && others.has(field));
  return {
    draft: { ...theirs, ...partOf(mine, [...own]) },
    twice: differ.map((field) => ({ field, mine: partOf(mine, [field]), theirs: partOf(theirs, [field]), chosen: null })),
  };
}

/** What is said above the form, as a key of the texts: by whether both changed something, and whether it is still open. */
export function conflictKey(twice: readonly Twice[]) {
  if (twice.length === 0) return "commitments.conflict" as const;
  return twice.some(({ chosen }) => chosen === null) ? ("commitments.conflictOpen" as const) : ("commitments.conflictChosen" as const);
}

function changedFields(before: Draft, after: Draft): (keyof Draft)[] {
  return Object.keys(patchBetween(before, after)) as (keyof Draft)[];
}

function partOf(draft: Draft, fields: readonly (keyof Draft)[]): Partial<Draft> {
  return Object.fromEntries(fields.map((field) => [field, draft[field]]));
}
