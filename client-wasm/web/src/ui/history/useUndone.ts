// Which restores undid which, where a list of something else than a chapter's history tells of restores.
import { useCallback } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { HistoryEntry } from "../../api/types.ts";
import { usePlan } from "../app/plan.tsx";
import { useLoaded } from "../parts/hooks.ts";
import { undoneBy } from "./undone.ts";

/** The newest lines of a chapter's history. An undo follows what it undoes soon, mostly within minutes. */
export async function newestHistory(planId: string, chapterId: string, signal: AbortSignal): Promise<readonly HistoryEntry[]> {
  const params = { path: { planId, chapterId } };
  return (await valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/history", { params, signal }))).items;
}

/** The restore that the one at a position undid; null while that is not known. */
export type UndoneOf = (chapterId: string | null, position: number) => HistoryEntry | null;

/** Asks the history of these chapters, of those whose history one may read. Without an answer restores are told as such. */
export function useUndone(chapterIds: readonly string[]): UndoneOf {
  const { plan, chapter } = usePlan();
  const ids = [...new Set(chapterIds)].filter((id) => chapter(id)?.mayReadHistory === true).toSorted().join(" ");
  const histories = useLoaded(
    useCallback(
      async (signal: AbortSignal) => {
        const asked = ids === "" ? [] : ids.split(" ");
        const answers = asked.map(async (id) => [id, await newestHistory(plan.id, id, signal).catch(() => [])] as const);
        return new Map(await Promise.all(answers));
      },
      [plan.id, ids],
    ),
  );
  return (chapterId, position) => (histories.state === "ready" && chapterId !== null ? undoneBy(histories.value.get(chapterId) ?? [], position) : null);
}
