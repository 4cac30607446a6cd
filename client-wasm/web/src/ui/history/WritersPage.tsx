// Who wrote which words of a chapter as it is now: one colour, and one name, for each writer.
import { useCallback } from "react";
import { useParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Actor, ChapterBlame, ChapterDifference } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { BackLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { actorKey } from "./difference.ts";
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

/** How much of the text each writer wrote, most first. */
function contributionsOf(blame: ChapterBlame): ChapterDifference["people"] {
  const counts = new Map<string, { actor: Actor; count: number }>();
  for (const run of blame.blocks.flatMap((block) => block.runs)) {
    const key = actorKey(run.written.actor);
    const known = counts.get(key) ?? { actor: run.written.actor, count: 0 };
    counts.set(key, { actor: known.actor, count: known.count + run.text.length });
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ actor, count }) => ({ actor, insertedCharacters: count, deletedCharacters: 0 }));
}
