// The moments within a stretch of work, to read or go back to: a session can last for hours, and a mistake is made in a minute.
import { useCallback } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Chapter, HistoryEntry } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextLink } from "../parts/links.tsx";
import { sentenceOf, sizeOf } from "./entry.ts";

/** More would be no help in finding one; who wants an earlier one takes a shorter stretch. */
const SHOWN_MAX = 50;

export function Parts({ chapter, from, to }: { chapter: Chapter; from: number; to: number }) {
  const say = useSay();
  const { plan } = usePlan();
  const parts = useLoaded(
    useCallback(
      async (signal: AbortSignal) => {
        const params = { path: { planId: plan.id, chapterId: chapter.id }, query: { from, to, limit: SHOWN_MAX } };
        return (await valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/history", { params, signal }))).items;
      },
      [plan.id, chapter.id, from, to],
    ),
  );
  // A stretch of one moment has nothing more to show, and without the moments the page still says what changed.
  if (parts.state !== "ready" || parts.value.length < 2) return null;
  return (
    <details className="parts">
      <summary>{say.t("history.parts", { count: parts.value.length })}</summary>
      <p>{say.t("history.partsWhy")}</p>
      <ol className="timeline">
        {parts.value.map((part) => (
          <li key={part.toPosition}>
            <Part chapter={chapter} part={part} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function Part({ chapter, part }: { chapter: Chapter; part: HistoryEntry }) {
  const say = useSay();
  const { path } = usePlan();
  const own = `hoofdstukken/${chapter.id}`;
  const when = say.span(part.startedAt, part.endedAt);
  const { inserted, deleted } = sizeOf(part);
  const heard = <span className="only-heard">, {when}</span>;
  return (
    <article className={`entry entry--${part.kind}`}>
      <p className="entry__when">{when}</p>
      <h3 className="entry__what">{sentenceOf(part, say)}</h3>
      <p className="meta">
        {say.t("history.added", { count: inserted })}, {say.t("history.removed", { count: deleted })}
      </p>
      <div className="row row--links">
        <TextLink to={path(`${own}/geschiedenis/${part.fromPosition}/${part.toPosition}`)}>
          {say.t("history.show")}
          {heard}
        </TextLink>
        <TextLink to={path(`${own}?op=${part.toPosition}`)}>
          {say.t("history.readThen")}
          {heard}
        </TextLink>
        {chapter.mayRestore && (
          <TextLink to={path(`${own}/terugzetten/${part.toPosition}`)}>
            {say.t("history.restoreTo")}
            {heard}
          </TextLink>
        )}
      </div>
    </article>
  );
}
