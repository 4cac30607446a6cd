// What changed in a chapter between two moments: who wrote and who deleted which words.
import { useCallback } from "react";
import { useParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Chapter } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { BackLink, ButtonLink, TextLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { DifferenceView } from "./DifferenceView.tsx";

export function ChangedPage() {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  const { chapterId, from, to } = useParams();
  const chapter = chapterOf(chapterId);
  const start = Number(from);
  const end = to === "nu" ? undefined : Number(to);
  if (chapter === undefined || !Number.isSafeInteger(start) || Number.isNaN(end)) return <NotFoundPage />;
  const own = `hoofdstukken/${chapter.id}`;
  return (
    <Page
      title={t("history.changedTitle", { title: chapter.title })}
      plan={plan.title}
      before={<BackLink to={path(`${own}/geschiedenis`)}>{t("history.backToList")}</BackLink>}
    >
      <Changed key={`${start}/${end ?? ""}`} chapter={chapter} from={start} to={end} />
    </Page>
  );
}

function Changed({ chapter, from, to }: { chapter: Chapter; from: number; to: number | undefined }) {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const own = `hoofdstukken/${chapter.id}`;
  const difference = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        valueOf(
          api.GET("/plans/{planId}/chapters/{chapterId}/differences", {
            params: { path: { planId: plan.id, chapterId: chapter.id }, query: to === undefined ? { from } : { from, to } },
            signal,
          }),
        ),
      [plan.id, chapter.id, from, to],
    ),
  );
  return (
    <Shown of={difference}>
      {(value) => (
        <>
          <When chapter={chapter} from={from} to={to} />
          <DifferenceView difference={value} />
          <div className="row">
            {chapter.mayRestore && (
              <ButtonLink to={path(`${own}/terugzetten/${from}`)} look="secondary-action">
                {t("history.restoreBefore")}
              </ButtonLink>
            )}
            {to !== undefined && <TextLink to={path(`${own}/geschiedenis/${from}/nu`)}>{t("history.sinceThen")}</TextLink>}
          </div>
        </>
      )}
    </Shown>
  );
}

/** From when to when: the times of the two texts that are compared. Nothing while they are not known. */
function When({ chapter, from, to }: { chapter: Chapter; from: number; to: number | undefined }) {
  const { t, moment } = useSay();
  const { plan } = usePlan();
  const times = useLoaded(
    useCallback(
      async (signal: AbortSignal) => {
        const timeAt = async (at: number) => {
          const params = { path: { planId: plan.id, chapterId: chapter.id }, query: { at } };
          return (await valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/text", { params, signal }))).recordedAt;
        };
        return Promise.all([timeAt(from), to === undefined ? null : timeAt(to)]);
      },
      [plan.id, chapter.id, from, to],
    ),
  );
  if (times.state !== "ready") return null;
  const [start, end] = times.value;
  const until = end === null ? null : moment(end);
  // Before the first word there is no time to name.
  if (start === null) return <p className="lead">{until === null ? t("history.comparedAll") : t("history.comparedFromStart", { to: until })}</p>;
  const since = moment(start);
  return <p className="lead">{until === null ? t("history.comparedNow", { from: since }) : t("history.compared", { from: since, to: until })}</p>;
}
