// The earlier text of the chapter one writes in was erased: said beside the text, until it was read on this device.
//
// Why it exists: the text on the screen stays as it was, and its past is gone. A writer who looks for it later finds
// nothing and would think that something broke.
import { useEffect, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { Chapter, HistoryEntry } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { ErasedText } from "../erasures/ErasedText.tsx";
import { TextLink } from "../parts/links.tsx";
import { PutAway } from "../parts/PutAway.tsx";

/** When it is asked what was erased: the text may go on a moment before the server has folded why. */
const ASK_AT_MS = [0, 1_500, 6_000];

export function ErasedHere({ chapter, entry, dismiss }: { chapter: Chapter; entry: HistoryEntry; dismiss: () => void }) {
  const { t } = useSay();
  const { path } = usePlan();
  return (
    <div className="desk__news" role="status">
      <div className="desk__news-text">
        <ErasedText entry={entry} />
        {chapter.mayReadHistory && <TextLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("restored.look")}</TextLink>}
      </div>
      <PutAway onPutAway={dismiss} />
    </div>
  );
}

/** The newest erasure that is news to this person, until they dismiss it; `erasedBefore` is where the chapter's past begins. */
export function useErased({ id: chapterId }: Chapter, erasedBefore: number | null) {
  const { plan } = usePlan();
  const { person } = useSession();
  const [entry, setEntry] = useState<HistoryEntry | null>(null);
  const { id: planId } = plan;
  const read = `erased-read/${person.id}/${planId}/${chapterId}`;
  useEffect(() => {
    if (erasedBefore === null) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const { chapters } = await valueOf(api.GET("/plans/{planId}/for-me", { params: { path: { planId } }, signal: abort.signal }));
      const news = chapters.find((each) => each.chapterId === chapterId)?.entries.find(({ kind }) => kind === "erased");
      if (news === undefined) return false;
      if (news.toPosition > Number(localStorage.getItem(read) ?? "-1")) setEntry(news);
      return true;
    };
    const ask = (round: number) => {
      const pause = ASK_AT_MS[round];
      if (pause === undefined || abort.signal.aborted) return;
      timer = setTimeout(() => {
        look().then(
          (found) => {
            if (!found) ask(round + 1);
          },
          // Not to know of it is no trouble of the writer's.
          () => ask(round + 1),
        );
      }, pause);
    };
    ask(0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [planId, chapterId, read, erasedBefore]);
  const dismiss = () => {
    if (entry !== null) localStorage.setItem(read, String(entry.toPosition));
    setEntry(null);
  };
  return { entry, dismiss };
}
