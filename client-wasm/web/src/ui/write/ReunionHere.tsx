// After a time without a connection, beside the text that one is writing in: one line that opens, and leads to the places.
//
// Why it stands here: who writes is deep in a long chapter, and a report above it is out of sight.
import { Button } from "@utrecht/component-library-react";
import { useState, useSyncExternalStore } from "react";
import type { Chapter } from "../../api/types.ts";
import { deskState, onDeskState, type Reunion, reunionsRead, type SharedParagraph } from "../../core/client.ts";
import type { ChapterView } from "../../editor/chapterView.ts";
import { type Say, useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextLink } from "../parts/links.tsx";
import { PutAway } from "../parts/PutAway.tsx";
import { reunionWords, SharedParagraphs } from "./Reunion.tsx";

interface ReunionHereProps {
  readonly chapter: Chapter;
  readonly view: ChapterView;
  readonly reunions: readonly Reunion[];
}

export function ReunionHere({ chapter, view, reunions }: ReunionHereProps) {
  const words = useSay();
  const { t } = words;
  const { path } = usePlan();
  return reunions.map((reunion) => (
    <div key={reunion.at} className="desk__news" role="status">
      <div className="desk__news-text">
        <b>{t("reunion.title")}.</b> {reunionWords(reunion, words)}
        {reunion.shared.length > 0 && (
          <SharedParagraphs shared={reunion.shared} place={(paragraph) => <ToPlace view={view} paragraph={paragraph} />}>
            {chapter.mayReadHistory && <TextLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("reunion.look", { title: chapter.title })}</TextLink>}
          </SharedParagraphs>
        )}
      </div>
      <PutAway onPutAway={() => reunionsRead([reunion])} />
    </div>
  ));
}

/** The report in a line: what there is to look at, or else that all is well. */
export function reunionHeadline(reunion: Reunion, say: Say): string {
  const { length } = reunion.shared;
  return length > 0 ? say.t("reunion.shared", { count: length }) : `${say.t("reunion.title")}. ${reunionWords(reunion, say)}`;
}

/** The reports on a chapter that were not read yet. */
export function useReunionsOf({ id }: Chapter): readonly Reunion[] {
  const { plan } = usePlan();
  const { reunions } = useSyncExternalStore(onDeskState, deskState);
  return reunions.filter((each) => each.planId === plan.id && each.chapterId === id);
}

function ToPlace({ view, paragraph: { excerpt, edits } }: { view: ChapterView; paragraph: SharedParagraph }) {
  const { t } = useSay();
  const [gone, setGone] = useState(false);
  // The paragraph as it began then; if that is no longer there, what others wrote in it, which may stand elsewhere too.
  const go = () => setGone(![excerpt, ...edits.flatMap(({ added }) => added)].some((words) => view.lookAt(words)));
  return (
    <>
      <Button appearance="subtle-button" onClick={go}>
        {t("reunion.toPlace")}
      </Button>
      <span role="status">{gone && t("reunion.gone")}</span>
    </>
  );
}
