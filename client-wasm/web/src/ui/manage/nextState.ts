// Which of the states that one may bring a chapter to is the one that a plan goes on with. Pure.
import type { Chapter, ChapterState } from "../../api/types.ts";

/** The way of a chapter through a plan. Going back on it is possible, and never what comes next. */
const WAY: readonly ChapterState[] = ["drafting", "reading", "frozen"];

/** The next state on the way, when one may bring the chapter there. */
export function nextState({ state, mayChangeStateTo }: Pick<Chapter, "state" | "mayChangeStateTo">): ChapterState | undefined {
  const next = WAY[WAY.indexOf(state) + 1];
  return mayChangeStateTo.find((to) => to === next);
}
