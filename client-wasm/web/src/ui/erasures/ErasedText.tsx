// The earlier text of a chapter was erased: when, why, by whom, and which past that closes.
import type { HistoryEntry } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";

/** That it was erased and when, in one sentence that opens. */
export function ErasedText({ entry }: { entry: HistoryEntry }) {
  const { t, onDay } = useSay();
  return (
    <>
      <p>
        <b>{t("erasedText.erased", { when: onDay(entry.endedAt) })}</b>
      </p>
      <details className="shared">
        <summary>{t("erasedText.more")}</summary>
        <ErasedWhy entry={entry} />
        <p className="meta">{t("erasure.textClosesReading")}</p>
      </details>
    </>
  );
}

/** What is gone, what it was about and on which ground, who asked and who approved. */
export function ErasedWhy({ entry }: { entry: HistoryEntry }) {
  const { t, who, fullMoment } = useSay();
  const [asked, approved] = entry.people;
  return (
    <>
      <p>{t("history.goneMeans", { from: fullMoment(entry.startedAt), to: fullMoment(entry.endedAt) })}</p>
      {entry.reason != null && entry.erased?.ground !== undefined && (
        <p className="entry__reason">{t("history.goneWhy", { reason: entry.reason, ground: t(`erasure.grounds.${entry.erased.ground}`) })}</p>
      )}
      {asked !== undefined && approved !== undefined && <p className="meta">{t("history.goneBy", { asked: who(asked.actor), approved: who(approved.actor) })}</p>}
    </>
  );
}
