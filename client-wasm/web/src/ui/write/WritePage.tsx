// Writing a chapter together: the text, its toolbar, who else is here, and whether everything is kept.
import { useEffect, useState } from "react";
import { useParams } from "react-router";
import type { Chapter } from "../../api/types.ts";
import type { ChapterState } from "../../editor/chapterView.ts";
import { problemOf, useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { BackLink, ButtonLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { ReadingText } from "../plan/ChapterPage.tsx";
import KeptWords from "./KeptWords.tsx";
import { MergeReportPanel } from "./MergeReportPanel.tsx";
import { People } from "./People.tsx";
import { RefusedPanel } from "./RefusedPanel.tsx";
import { SaveState } from "./SaveState.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useChapterView } from "./useChapterView.ts";

export function WritePage() {
  const { t } = useSay();
  const { plan, path, reload, chapter: chapterOf } = usePlan();
  const { chapterId } = useParams();
  const chapter = chapterOf(chapterId);
  // What was written changes "laatst bewerkt" on the pages one goes to next.
  useEffect(() => reload, [reload]);
  if (chapter === undefined) return <NotFoundPage />;
  return (
    <Page
      title={t("write.title", { title: chapter.title })}
      plan={plan.title}
      wide
      before={<BackLink to={path(`hoofdstukken/${chapter.id}`)}>{t("write.toReading")}</BackLink>}
      actions={chapter.mayReadHistory && <ButtonLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("plan.history")}</ButtonLink>}
    >
      <WritingOrReading key={chapter.id} chapter={chapter} />
    </Page>
  );
}

/**
 * The editor, for whoever may open the live text when they come; others read the text as it stands, with the words they
 * could not send above it. A right that ends meanwhile leaves the open editor where it is, to be read.
 */
function WritingOrReading({ chapter }: { chapter: Chapter }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [opens] = useState(chapter.mayOpenText);
  if (opens) return <Writing chapter={chapter} />;
  return (
    <>
      <Notice kind="info" title={t("write.readOnly")}>
        {t("problem.live-text-withheld")}
      </Notice>
      <KeptWords planId={plan.id} chapterId={chapter.id} />
      <ReadingText chapter={chapter} at={undefined} />
    </>
  );
}

function Writing({ chapter }: { chapter: Chapter }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const { person, party } = useSession();
  const { element, view, state, failed } = useChapterView({ planId: plan.id, chapterId: chapter.id, person, party, label: t("write.field", { title: chapter.title }) });
  return (
    <div className="writing">
      {failed && (
        <Notice kind="error" live>
          {t("problem.no-writing")}
        </Notice>
      )}
      {state !== null && <ReadOnly state={state} />}
      {view !== null && state !== null && (
        <>
          {state.mergeReport !== null && <MergeReportPanel report={state.mergeReport} onRead={() => view.dismissMergeReport()} />}
          {state.refused.map((words) => (
            <RefusedPanel key={words.id} words={words} onDiscard={() => view.discardRefused(words.id)} />
          ))}
        </>
      )}
      <div className="writing__desk">
        {state !== null && <People people={state.people} />}
        <div className="desk">
          <div className="desk__top">
            {view !== null && state !== null && state.canWrite && <Toolbar formatting={state.formatting} onCommand={(command) => view.run(command)} />}
            <SaveState status={failed ? "failed" : (state?.status ?? "opening")} />
          </div>
          <div ref={element} className="text desk__text" lang="nl" />
        </div>
      </div>
    </div>
  );
}

function ReadOnly({ state }: { state: ChapterState }) {
  const { t } = useSay();
  if (state.canWrite || state.status === "opening") return null;
  return (
    <Notice kind="info" title={t("write.readOnly")} live>
      {state.readOnlyReason === null ? undefined : problemOf(state.readOnlyReason, state.readOnlyReason, t)}
    </Notice>
  );
}
