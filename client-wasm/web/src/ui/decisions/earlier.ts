// Which versions chapters were frozen in before: what was put before the organisations once, though it is not the text of now. Pure.
import type { Chapter, PlanEvent } from "../../api/types.ts";

/** A version that a chapter is not frozen in any more. */
export interface EarlierVersion {
  readonly chapter: Chapter;
  /** Its name; null when it has none, or that is not for one to know. */
  readonly version: string | null;
  /** Where the chapter was frozen: the text stood so then. */
  readonly position: number;
  readonly at: string;
}

/** Newest first, as the events are. The version that a chapter is frozen in now is none of them. */
export function earlierVersions(chapters: readonly Chapter[], events: readonly PlanEvent[]): readonly EarlierVersion[] {
  const current = new Set(chapters.filter(({ state }) => state === "frozen").map(({ id }) => id));
  return events.flatMap(({ kind, subject, details, position, at }) => {
    const chapter = chapters.find(({ id }) => id === subject.id);
    if (!kind.startsWith("chapter.frozen/") || chapter === undefined || current.delete(chapter.id)) return [];
    return [{ chapter, version: details.title ?? null, position, at }];
  });
}
