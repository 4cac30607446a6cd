// Who wrote which words of a chapter as it is now: one colour, and one name, for each writer.
import { useCallback } from "react";
import { useParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { BackLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { BlameView } from "./BlameView.tsx";

export function WritersPage() {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  const { chapterId = "" } = useParams();
  const chapter = chapterOf(chapterId);
  const blame = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/blame", { params: { path: { planId: plan.id, chapterId } }, signal })),
      [plan.id, chapterId],
    ),
  );
  if (chapter === undefined) return <NotFoundPage />;
  return (
    <Page
      title={`${t("history.whoWrote")}: ${chapter.title}`}
      plan={plan.title}
      before={<BackLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("history.backToList")}</BackLink>}
    >
      <Shown of={blame}>
        {(value) => (
          <>
            <p className="lead">{t("history.whoWroteIntro")}</p>
            <BlameView blame={value} />
          </>
        )}
      </Shown>
    </Page>
  );
}
