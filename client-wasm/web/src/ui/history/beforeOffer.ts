// Why a text of the past cannot be read: the team offered nothing yet, or it is from before the team did.
//
// Why it exists: the server refuses both with one code, whose sentence says that nothing was offered. Who may play back a
// chapter's history knows better: of that chapter something was offered, so what is refused is older.
import { ApiError } from "../../api/problem.ts";
import type { Chapter } from "../../api/types.ts";
import type { Loaded } from "../parts/hooks.ts";

const NOT_OFFERED = "history-not-offered";

/** The same answer; one that refuses what is older than the first offer of a chapter says that. */
export function saidOfPast<T>(loaded: Loaded<T>, { mayReadHistory }: Pick<Chapter, "mayReadHistory">): Loaded<T> {
  if (loaded.state !== "failed" || loaded.error.code !== NOT_OFFERED || !mayReadHistory) return loaded;
  return { ...loaded, error: new ApiError("history-before-offer", loaded.error.status, loaded.error.message) };
}

/** Whether what was asked of the past is for the team alone, so that nothing can be chosen of it. */
export function isForTeamAlone(loaded: Loaded<unknown>): boolean {
  return loaded.state === "failed" && loaded.error.code === NOT_OFFERED;
}
