// The steps of one erasure are one line where its newest stands; no other event is folded or lost.
import { expect, test } from "vitest";
import type { PlanEvent } from "../../api/types.ts";
import { foldedOf } from "./folded.ts";

function event(position: number, erasureId?: string): PlanEvent {
  return {
    position,
    firstPosition: position,
    count: 1,
    at: "2026-11-22T10:00:00Z",
    startedAt: "2026-11-22T10:00:00Z",
    kind: erasureId === undefined ? "text.changed/1" : "erasure.approved/1",
    actor: { person: null, party: null },
    via: "browser",
    subject: { kind: erasureId === undefined ? "text" : "erasure", id: null, title: null },
    details: erasureId === undefined ? {} : { erasureId },
  };
}

const positions = (events: readonly PlanEvent[]) => foldedOf(events).map(({ event: { position }, before }) => [position, ...before.map((step) => step.position)]);

test("steps of one request stand together, those of another and everything else by themselves", () => {
  const events = [event(9, "a"), event(8), event(7, "b"), event(6, "a"), event(5, "b"), event(4), event(3, "a")];
  expect(positions(events)).toEqual([[9, 6, 3], [8], [7, 5], [4]]);
});

test("a step whose request one is not told of stands by itself", () => {
  const untold = { ...event(2), subject: { kind: "erasure", id: null, title: null } } as const;
  expect(positions([untold, { ...untold, position: 1 }])).toEqual([[2], [1]]);
});
