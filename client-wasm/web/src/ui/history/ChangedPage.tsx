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
          <DifferenceView difference={value} />
          <div className="row">
            {chapter.mayRestore && (
              <ButtonLink to={path(`${own}/terugzetten/${from}`)} look="primary-action">
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
