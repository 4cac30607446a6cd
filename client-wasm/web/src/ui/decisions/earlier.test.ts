// A version that was frozen stays listed after its chapter is reopened.
import { expect, test } from "vitest";
import type { Chapter, PlanEvent } from "../../api/types.ts";
import { earlierVersions } from "./earlier.ts";

const chapter = (id: string, state: Chapter["state"]) => ({ id, state, title: `Over ${id}` }) as Chapter;

function event(position: number, kind: string, id: string, title?: string): PlanEvent {
  const details = title === undefined ? {} : { title };
  return { position, kind, subject: { kind: "chapter", id, title: null }, details, at: `2026-11-0${position}T10:00:00Z` } as PlanEvent;
}

const shown = (chapters: Chapter[], events: PlanEvent[]) => earlierVersions(chapters, events).map((each) => [each.chapter.title, each.version, each.position]);

test("a reopened chapter keeps the version it was frozen in", () => {
  const events = [event(3, "chapter.reopened/1", "a"), event(2, "chapter.frozen/1", "a", "Naar de colleges"), event(1, "chapter.offered/1", "a")];
  expect(shown([chapter("a", "drafting")], events)).toEqual([["Over a", "Naar de colleges", 2]]);
});

test("of a chapter that is frozen again only what came before is earlier, each by itself", () => {
  const chapters = [chapter("a", "frozen"), chapter("b", "reading")];
  const events = [
    event(7, "chapter.frozen/1", "b", "b 1"),
    event(6, "chapter.frozen/1", "a", "v3"),
    event(5, "chapter.reopened/1", "a"),
    event(4, "chapter.frozen/1", "a", "v2"),
    event(2, "chapter.frozen/1", "a"),
    event(1, "chapter.frozen/1", "gone", "v1"),
  ];
  expect(shown(chapters, events)).toEqual([
    ["Over b", "b 1", 7],
    ["Over a", "v2", 4],
    ["Over a", null, 2],
  ]);
});
