// What one person did in a difference, apart from what others did in the same time. Pure.
//
// Why it exists: the history of the plan tells of one person's writing, and the difference it leads to holds everyone's:
// what that person changed stands foremost there, and what others changed stays to be seen beside it.
import type { Actor, ChapterDifference, DifferenceBlock, DifferenceRun } from "../../api/types.ts";
import type { Credit } from "../../i18n/words.ts";
import { actorKey, isChanged } from "./difference.ts";

/** Of whom the changes stand foremost, and since which position. */
export interface Foremost {
  readonly actor: Actor;
  readonly since: number;
}

/** Whose changes: that person's, or everybody else's. */
export type Whose = "own" | "others";

/** Whether something is credited to a person for a party, also what a program of theirs brought in. */
export function isOf(by: Credit | null, actor: Actor): boolean {
  return by !== null && actorKey(by.actor) === actorKey(actor);
}

/** To whom a change is shown to belong. What the foremost wrote in this time stays theirs when another took it out and put it back. */
export function ownerOf({ change, by, written }: Pick<DifferenceRun, "change" | "by" | "written">, foremost: Foremost | undefined): Credit | null {
  const isTheirs = foremost !== undefined && change === "inserted" && written !== null && written.position > foremost.since && isOf(written, foremost.actor);
  return isTheirs ? written : by;
}

/** A line with only those changes; the rest of it is as if it had stayed. */
export function shareOf(block: DifferenceBlock, foremost: Foremost, whose: Whose): DifferenceBlock {
  const takes = (by: Credit | null) => isOf(by, foremost.actor) === (whose === "own");
  const runs = block.runs.map((run) => (run.change === "same" || takes(ownerOf(run, foremost)) ? run : { ...run, change: "same" as const }));
  const structure = block.structure.filter(({ by }) => takes(by));
  const stayed = structure.length === 0 && runs.every(({ change }) => change === "same");
  return { ...block, runs, structure, change: stayed ? "same" : "changed" };
}

/** Whether that person changed something that is still to be seen, and whether others did. */
export function sharesOf({ blocks }: ChapterDifference, foremost: Foremost): Readonly<Record<Whose, boolean>> {
  const any = (whose: Whose) => blocks.some((block) => isChanged(shareOf(block, foremost, whose)));
  return { own: any("own"), others: any("others") };
}
