// Who may not write on reads what happened, by whom, and nothing that is not so.
import { expect, test } from "vitest";
import type { PlanEvent } from "../../api/types.ts";
import type { ChapterState } from "../../editor/chapterView.ts";
import { decisionOf, endOf, isAllSaved } from "./ended.ts";

const refused = [{ id: "1", text: "te laat", reason: "chapter-frozen", at: new Date(0) }];
const state = { status: "saved", readOnlyReason: null, refused: [], isWaiting: false, unkept: null } as const satisfies Partial<ChapterState>;

test("a frozen chapter is called frozen, also to who comes later", () => {
  const frozen = { ...state, readOnlyReason: "chapter-frozen" };
  expect([endOf(frozen, true), endOf(frozen, false)]).toEqual(["frozen", "frozen"]);
});

test("a right is only said to be gone to who had it here", () => {
  const gone = { ...state, status: "closed", readOnlyReason: "not-in-plan" } as const;
  expect(endOf(gone, true)).toBe("withdrawn");
  expect(endOf(gone, false)).toBe("closed");
  expect(endOf({ ...gone, refused }, false)).toBe("withdrawn");
  expect(endOf({ ...state, readOnlyReason: "device-full" }, true)).toBe("reading");
});

test("all is only said to be saved when it is", () => {
  expect(isAllSaved(state, true)).toBe(true);
  expect(isAllSaved(state, false)).toBe(false);
  expect(isAllSaved({ ...state, refused }, true)).toBe(false);
  expect(isAllSaved({ ...state, isWaiting: true }, true)).toBe(false);
  expect(isAllSaved({ ...state, unkept: "nergens" }, true)).toBe(false);
  expect(isAllSaved({ ...state, status: "offline" }, true)).toBe(false);
});

function event(kind: string, id: string, person?: string): PlanEvent {
  return { kind, subject: { kind: "chapter", id, title: "" }, details: person === undefined ? {} : { person: { id: person, name: "" } } } as unknown as PlanEvent;
}

test("the decision is the newest step of this chapter, or none while the step before it is the newest known", () => {
  const [elsewhere, frozen, reopened] = [event("chapter.frozen/1", "b"), event("chapter.frozen/1", "a"), event("chapter.reopened/1", "a")];
  expect(decisionOf("frozen", [elsewhere, event("text.restored/1", "a"), frozen, reopened], "a", "p")).toBe(frozen);
  expect(decisionOf("frozen", [reopened, frozen], "a", "p")).toBeNull();
});

test("the decision about a right is about this person's", () => {
  const [mine, other] = [event("rights.withdrawn/1", "x", "p"), event("rights.withdrawn/1", "x", "q")];
  expect(decisionOf("withdrawn", [other, mine], "a", "p")).toBe(mine);
  expect(decisionOf("withdrawn", [event("rights.granted/1", "x", "p"), mine], "a", "p")).toBeNull();
});
