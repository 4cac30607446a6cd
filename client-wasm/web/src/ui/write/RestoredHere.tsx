// Somebody brought earlier text back while one has the chapter open: who, what and why, with the way to the history.
//
// Why it exists: a paragraph that changes all at once under one's hands looks like a fault. Nothing is asked as long as
// nobody else changes the text; then it is asked a moment later what happened to the chapter.
import { Button } from "@utrecht/component-library-react";
import { useEffect, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { Chapter, PlanEvent } from "../../api/types.ts";
import type { ChapterView } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { TextLink } from "../parts/links.tsx";

/** After the first change of others, until the server has folded what explains it. */
const ASK_AFTER_MS = 1_500;
/** How many of the newest events about chapters are looked through. */
const LOOKED_AT = 20;

export function RestoredHere({ chapter, view }: { chapter: Chapter; view: ChapterView }) {
  const { t, who, sentence } = useSay();
  const { path } = usePlan();
  const { restores, dismiss } = useRestores(chapter, view);
  return restores.map(({ position, actor, details: { title, reason } }) => (
    <div key={position} className="desk__news" role="status">
      <div className="desk__news-text">
        <p>
          <b>{sentence(title === undefined ? t("restored.whole", { who: who(actor) }) : t("restored.section", { who: who(actor), section: title }))}</b>
          {reason !== undefined && ` ${t("history.reason", { reason })}`}
        </p>
        {chapter.mayReadHistory && <TextLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("restored.look")}</TextLink>}
      </div>
      <Button appearance="secondary-action-button" onClick={() => dismiss(position)}>
        {t("reunion.understood")}
      </Button>
    </div>
  ));
}

/** Restores by others since the chapter was opened here, until they are dismissed. */
function useRestores({ id: chapterId }: Chapter, view: ChapterView) {
  const { plan } = usePlan();
  const { person } = useSession();
  const [restores, setRestores] = useState<readonly PlanEvent[]>([]);
  const { id: planId, mayReadEvents } = plan;
  useEffect(() => {
    if (!mayReadEvents) return undefined;
    const abort = new AbortController();
    let known: number | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      timer = undefined;
      const params = { path: { planId }, query: { subject: "chapter", limit: LOOKED_AT } as const };
      const { items } = await valueOf(api.GET("/plans/{planId}/events", { params, signal: abort.signal }));
      const since = known;
      known = Math.max(since ?? -1, items[0]?.position ?? -1);
      if (since === null) return;
      const isNews = ({ kind, position, subject, actor }: PlanEvent) =>
        kind.startsWith("text.restored/") && position > since && subject.id === chapterId && actor.person?.id !== person.id;
      const news = items.filter(isNews);
      if (news.length > 0) setRestores((before) => [...news, ...before]);
    };
    // Not to know of it is no trouble of the writer's.
    const ask = () => void look().catch(() => undefined);
    ask();
    const forget = view.onOthers(() => {
      timer ??= setTimeout(ask, ASK_AFTER_MS);
    });
    return () => {
      forget();
      clearTimeout(timer);
      abort.abort();
    };
  }, [planId, chapterId, mayReadEvents, person.id, view]);
  const dismiss = (position: number) => setRestores((before) => before.filter((each) => each.position !== position));
  return { restores, dismiss };
}
