// What one person did in a difference, apart from what others did in the same time. Pure.
//
// Why it exists: the history of the plan tells of one person's writing, and the difference it leads to holds everyone's:
// what that person changed stands foremost there, and what others changed stays to be seen beside it.
import type { Actor, ChapterDifference, DifferenceBlock } from "../../api/types.ts";
import type { Credit } from "../../i18n/words.ts";
import { actorKey, isChanged } from "./difference.ts";

/** Whose changes: that person's, or everybody else's. */
export type Whose = "own" | "others";

/** Whether something is credited to a person for a party, also what a program of theirs brought in. */
export function isOf(by: Credit | null, foremost: Actor): boolean {
  return by !== null && actorKey(by.actor) === actorKey(foremost);
}

/** A line with only those changes; the rest of it is as if it had stayed. */
export function shareOf(block: DifferenceBlock, foremost: Actor, whose: Whose): DifferenceBlock {
  const takes = (by: Credit | null) => isOf(by, foremost) === (whose === "own");
  const runs = block.runs.map((run) => (run.change === "same" || takes(run.by) ? run : { ...run, change: "same" as const }));
  const structure = block.structure.filter(({ by }) => takes(by));
  const stayed = structure.length === 0 && runs.every(({ change }) => change === "same");
  return { ...block, runs, structure, change: stayed ? "same" : "changed" };
}

/** Whether that person changed something that is still to be seen, and whether others did. */
export function sharesOf({ blocks }: ChapterDifference, foremost: Actor): Readonly<Record<Whose, boolean>> {
  const any = (whose: Whose) => blocks.some((block) => isChanged(shareOf(block, foremost, whose)));
  return { own: any("own"), others: any("others") };
}
