// Words of one's own that others' restores took: which of that is still news, and how it is said. Pure.
import type { HistoryEntry, TakenByRestore, TakenWords } from "../../api/types.ts";
import type { Say } from "../../i18n/words.ts";

/** A position before every other: nothing was read yet. */
const NOTHING_YET = -1;

/**
 * Up to where one knows what others restored, on a device that never noted it: up to where one wrote last oneself. Who
 * wrote on after a restore had its text in front of them.
 */
export function knownAtFirst({ lastWrote }: TakenWords): number {
  return lastWrote ?? NOTHING_YET;
}

/** What is news, newest first. */
export function untold(items: readonly TakenByRestore[], known: number): readonly TakenByRestore[] {
  return items.filter(({ restore }) => restore.fromPosition >= known);
}

/** "12 woorden van u verdwenen toen Marijke (Gemeente Aardal) vandaag 14:05 de paragraaf “X” terugzette": the loss first. */
export function takenLine({ restore, count }: TakenByRestore, { t, who, moment }: Say): string {
  const [maker] = restore.people;
  const by = who(maker?.actor ?? { person: null, party: null });
  return t(lineKey(restore), { count, who: by, when: moment(restore.endedAt), section: restore.sectionTitle ?? "", undone: restore.undoes == null ? "" : moment(restore.undoes.at) });
}

function lineKey({ undoes, restoredTo, sectionTitle }: HistoryEntry) {
  if (undoes != null) return "taken.byUndo";
  if (restoredTo == null) return "taken.bySome";
  return sectionTitle == null ? "taken.byWhole" : "taken.bySection";
}

/** Whether the event at a position is that restore. */
export function isOf({ restore }: TakenByRestore, position: number): boolean {
  return restore.fromPosition < position && position <= restore.toPosition;
}
