// Who wrote which words of a chapter as it is now: one colour, and one name, for each writer.
import { useCallback } from "react";
import { useParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { ChapterBlame, Contribution } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { BackLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { creditKey } from "./difference.ts";
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
      <p className="lead">{t("history.whoWroteIntro")}</p>
      <Shown of={blame}>{(value) => <BlameView blame={value} people={contributionsOf(value)} />}</Shown>
    </Page>
  );
}

const isWriter = ({ source }: Contribution) => Number(source === "writer");

/** How much of the text each writer wrote, most first; what nobody here wrote comes last. */
function contributionsOf(blame: ChapterBlame): Contribution[] {
  const counts = new Map<string, Contribution>();
  for (const { text, written } of blame.blocks.flatMap((block) => block.runs)) {
    const { actor, source } = written;
    const known = counts.get(creditKey(written)) ?? { actor, source, insertedCharacters: 0, deletedCharacters: 0 };
    counts.set(creditKey(written), { ...known, insertedCharacters: known.insertedCharacters + [...text].length });
  }
  return [...counts.values()].sort((a, b) => isWriter(b) - isWriter(a) || b.insertedCharacters - a.insertedCharacters);
}
