// The steps of one erasure as one line of the history: asking, approving, closing and carrying out are one thing that
// happened to the plan. Pure.
import type { PlanEvent } from "../../api/types.ts";

/** A line of the history: what happened, and the earlier steps that led to it, newest first. */
export interface Folded {
  readonly event: PlanEvent;
  readonly before: readonly PlanEvent[];
}

/** Events, newest first, with the steps of an erasure in the place of its newest. */
export function foldedOf(events: readonly PlanEvent[]): Folded[] {
  const lines: { event: PlanEvent; before: PlanEvent[] }[] = [];
  const erasures = new Map<string, PlanEvent[]>();
  for (const event of events) {
    const { erasureId } = event.details;
    const known = erasureId === undefined ? undefined : erasures.get(erasureId);
    if (known !== undefined) {
      known.push(event);
      continue;
    }
    const before: PlanEvent[] = [];
    lines.push({ event, before });
    if (erasureId !== undefined) erasures.set(erasureId, before);
  }
  return lines;
}
