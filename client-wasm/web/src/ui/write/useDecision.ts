// Who decided that one may not write on here, when and why; null when that is not known, or not for one to know.
//
// Why it asks more than once: the text hears of a decision before the history of the plan has folded it in.
import { useEffect, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { Chapter, PlanEvent } from "../../api/types.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { decisionOf, type End } from "./ended.ts";

/** Between two questions, and how many are asked. */
const ASK_AGAIN_MS = 500;
const ASKED_MAX = 6;
/** How many of the newest events are looked through. */
const LOOKED_AT = 20;

export function useDecision({ id: chapterId }: Chapter, end: End | null): PlanEvent | null {
  const { plan } = usePlan();
  const { person } = useSession();
  const [found, setFound] = useState<{ readonly end: End; readonly event: PlanEvent } | null>(null);
  const { id: planId, readsEvents } = plan;
  useEffect(() => {
    if (end === null || end === "closed" || end === "reading" || readsEvents === "none") return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (left: number) => {
      const params = { path: { planId }, query: { subject: end === "frozen" ? "chapter" : "rights", limit: LOOKED_AT } as const };
      const { items } = await valueOf(api.GET("/plans/{planId}/events", { params, signal: abort.signal }));
      const event = decisionOf(end, items, chapterId, person.id);
      if (abort.signal.aborted) return;
      if (event !== null) setFound({ end, event });
      else if (left > 1) timer = setTimeout(() => ask(left - 1), ASK_AGAIN_MS);
    };
    // Whoever may not know reads that it happened.
    const ask = (left: number) => void look(left).catch(() => undefined);
    ask(ASKED_MAX);
    return () => {
      clearTimeout(timer);
      abort.abort();
      setFound(null);
    };
  }, [planId, chapterId, readsEvents, person.id, end]);
  return found !== null && found.end === end ? found.event : null;
}
