// What became of writing that cannot go on: why, what of one's own words, and who decided it. Pure.
//
// Why it exists: a text that is frozen, or a right that is withdrawn, while one types is told once and plainly. What is
// not known is not said: who came too late to see it happen did not lose a right here.
import type { PlanEvent } from "../../api/types.ts";
import type { ChapterState } from "../../editor/chapterView.ts";
import { NO_RIGHT } from "./refusedWords.ts";

/** `frozen`: the chapter was. `withdrawn`: one wrote here and may not any more. `closed`: one may not open it. `reading`: one may only read it now. */
export type End = "frozen" | "withdrawn" | "closed" | "reading";

/** How writing ended. `wrote`: it could be written here earlier, as far as this page knows. */
export function endOf({ status, readOnlyReason, refused }: Pick<ChapterState, "status" | "readOnlyReason" | "refused">, wrote: boolean): End {
  if (readOnlyReason === "chapter-frozen") return "frozen";
  if (readOnlyReason !== null && NO_RIGHT.has(readOnlyReason) && (wrote || refused.length > 0)) return "withdrawn";
  return status === "closed" ? "closed" : "reading";
}

/** Whether all that was typed here is known to be saved. */
export function isAllSaved({ status, refused, isWaiting, unkept }: Pick<ChapterState, "status" | "refused" | "isWaiting" | "unkept">, wrote: boolean): boolean {
  return wrote && refused.length === 0 && !isWaiting && unkept === null && (status === "saved" || status === "closed");
}

/** Steps of a chapter's state. */
const STEPS = /^chapter\.(offered|frozen|reopened)\//;

/** The decision behind an end, the newest events first; null while it is not among them. */
export function decisionOf(end: End, events: readonly PlanEvent[], chapterId: string, personId: string): PlanEvent | null {
  const newest =
    end === "frozen"
      ? events.find(({ kind, subject }) => subject.id === chapterId && STEPS.test(kind))
      : events.find(({ kind, details }) => kind.startsWith("rights.") && details.person?.id === personId);
  const wanted = end === "frozen" ? "chapter.frozen/" : "rights.withdrawn/";
  return newest?.kind.startsWith(wanted) === true ? newest : null;
}
