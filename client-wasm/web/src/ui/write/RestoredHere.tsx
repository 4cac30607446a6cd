// Somebody brought earlier text back while one has the chapter open: who, what and why, with the way to the history.
//
// Why it exists: a paragraph that changes all at once under one's hands looks like a fault. The server says on the
// connection that it happened; who did it and why is asked then, and once more after a cut, in which that word is lost.
import { useEffect, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { Chapter, PlanEvent } from "../../api/types.ts";
import type { ChapterView } from "../../editor/chapterView.ts";
import { type Say, tellingApart, useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { TextLink } from "../parts/links.tsx";
import { PutAway } from "../parts/PutAway.tsx";
import { newestOf } from "./headlines.ts";

/** Until the server has folded what it said: between two questions, and how many are asked. */
const ASK_AGAIN_MS = 500;
const ASKED_MAX = 10;
/** How many of the newest events about chapters are looked through. */
const LOOKED_AT = 20;
/** A position before every other: nothing in particular is waited for. */
const NOTHING_YET = -1;

export interface Restores {
  /** All that one has not said to have seen; only the newest is told. */
  readonly restores: readonly PlanEvent[];
  readonly dismiss: () => void;
}

export function RestoredHere({ chapter, restores, dismiss }: Restores & { chapter: Chapter }) {
  const say = useSay();
  const { t } = say;
  const { path } = usePlan();
  const told = newestOf(restores);
  if (told === null) return null;
  const { newest: event, earlier } = told;
  return (
    <div key={event.position} className="desk__news" role="status">
      <div className="desk__news-text">
        <p>
          <b>{restoreHeadline(event, restores, say)}</b>
          {event.details.reason !== undefined && ` ${t("history.reason", { reason: event.details.reason })}`}
        </p>
        {earlier > 0 && <p>{t("restored.earlier", { count: earlier })}</p>}
        {chapter.mayReadHistory && <TextLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("restored.look")}</TextLink>}
      </div>
      <PutAway onPutAway={dismiss} />
    </div>
  );
}

/** What came back and by whom, in one sentence: the deed first, for of a line on a phone only the beginning is seen. */
export function restoreHeadline({ actor, details: { title: section, undoes } }: PlanEvent, others: readonly PlanEvent[], say: Say): string {
  const { t, who, moment } = tellingApart(say, others.flatMap(({ at, details }) => [at, ...(details.undoes === undefined ? [] : [details.undoes.at])]));
  if (undoes !== undefined) return t("restored.undone", { who: who(actor), when: moment(undoes.at) });
  return section === undefined ? t("restored.whole", { who: who(actor) }) : t("restored.section", { who: who(actor), section });
}

/** Restores by others since the chapter was opened here, until they are dismissed. */
export function useRestores({ id: chapterId }: Chapter, view: ChapterView): Restores {
  const { plan } = usePlan();
  const { person } = useSession();
  const [restores, setRestores] = useState<readonly PlanEvent[]>([]);
  const { id: planId, readsEvents } = plan;
  useEffect(() => {
    if (readsEvents === "none") return undefined;
    const abort = new AbortController();
    let known: number | null = null;
    // Not to know of it is no trouble of the writer's.
    const look = async (until: number, left: number): Promise<void> => {
      const params = { path: { planId }, query: { subject: "chapter", limit: LOOKED_AT } as const };
      const { items } = await valueOf(api.GET("/plans/{planId}/events", { params, signal: abort.signal }));
      const since = known;
      known = Math.max(since ?? -1, items[0]?.position ?? -1);
      // The first answer says what was there already, unless it is asked because of a restore.
      const after = since ?? (until === NOTHING_YET ? known : until - 1);
      const isNews = ({ kind, position, subject, actor }: PlanEvent) =>
        kind.startsWith("text.restored/") && position > after && subject.id === chapterId && actor.person?.id !== person.id;
      const news = items.filter(isNews);
      if (news.length > 0) setRestores((before) => [...news, ...before]);
      if (known >= until || left === 0) return;
      await new Promise((go) => setTimeout(go, ASK_AGAIN_MS));
      if (!abort.signal.aborted) await look(until, left - 1);
    };
    // One question after the other: what is known is known to the next.
    let asking = Promise.resolve();
    const ask = (until: number) => {
      asking = asking.then(() => look(until, ASKED_MAX)).catch(() => undefined);
    };
    const isThere = () => !["opening", "offline"].includes(view.getState().status);
    let wasThere = isThere();
    const forget = [
      view.onRestored(ask),
      view.subscribe(() => {
        const comes = isThere() && !wasThere;
        wasThere = isThere();
        if (comes) ask(NOTHING_YET);
      }),
    ];
    ask(NOTHING_YET);
    return () => {
      for (const each of forget) each();
      abort.abort();
    };
  }, [planId, chapterId, readsEvents, person.id, view]);
  const dismiss = () => setRestores([]);
  return { restores, dismiss };
}
