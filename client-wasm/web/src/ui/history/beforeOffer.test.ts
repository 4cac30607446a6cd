// A text of the past that is refused: nothing was offered yet, or it is older than the first offer.
import { expect, test } from "vitest";
import { ApiError } from "../../api/problem.ts";
import { dutch } from "../../i18n/testing.ts";
import type { Loaded } from "../parts/hooks.ts";
import { isForTeamAlone, saidOfPast } from "./beforeOffer.ts";

const say = await dutch("2026-11-22T12:00:00Z");

function failed(code: string, status = 403): Loaded<string> {
  return { state: "failed", error: new ApiError(code, status, ""), reload: () => undefined };
}

function told(loaded: Loaded<string>, mayReadHistory: boolean): string {
  const said = saidOfPast(loaded, { mayReadHistory });
  return said.state === "failed" ? say.problem(said.error) : said.state;
}

test("where something was offered, what is refused is said to be older", () => {
  expect(told(failed("history-not-offered"), true)).toBe("Dit is van vóór het klaarzetten voor meelezen. Alleen het schrijfteam kan het lezen.");
});

test("where nothing was offered, that is said", () => {
  expect(told(failed("history-not-offered"), false)).toMatch(/^Het schrijfteam heeft van dit hoofdstuk nog niets klaargezet/);
});

test("everything else stays as it is", () => {
  for (const loaded of [failed("history-erased"), failed("no-connection", 0), { state: "loading" } as const]) expect(saidOfPast(loaded, { mayReadHistory: true })).toBe(loaded);
});

test("only what the team alone may read leaves nothing to choose", () => {
  expect([failed("history-not-offered"), failed("no-connection", 0)].map(isForTeamAlone)).toEqual([true, false]);
});
