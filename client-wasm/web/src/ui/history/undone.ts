// Which restore undid which: restoring the text from just before a restore takes that restore back.
//
// Why it exists: told like any other, an undo reads as the same restore made twice. No answer says it of itself, but the
// history of a chapter has both: where the text of the one came from, and where the other began.
import type { HistoryEntry } from "../../api/types.ts";

/** The restore that the one at a position of the plan undid; null when it undid none of these entries. */
export function undoneBy(entries: readonly HistoryEntry[], position: number): HistoryEntry | null {
  const restores = entries.filter(({ kind }) => kind === "restored");
  // Its own place, that of the first of its changes and that of the last are all positions of one restore.
  const undoing = restores.find((each) => each.fromPosition < position && position <= each.toPosition);
  if (undoing?.restoredTo == null) return null;
  // The whole text of then is without what came back in a section; one section of it is not all that came back.
  const isWhole = undoing.sectionTitle == null;
  const isUndone = (each: HistoryEntry) => each.fromPosition === undoing.restoredTo && (isWhole || each.sectionTitle === undoing.sectionTitle);
  return restores.find((each) => each.toPosition < undoing.toPosition && isUndone(each)) ?? null;
}
