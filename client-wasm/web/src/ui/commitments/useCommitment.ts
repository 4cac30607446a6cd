// Loading one commitment with its revision and its change log, and the names its ids stand for.
import { useCallback, useMemo } from "react";
import { api, type Tagged, taggedValueOf, valueOf } from "../../api/client.ts";
import { type Loaded, useLoaded } from "../parts/hooks.ts";
import type { Commitment, CommitmentChange } from "../../api/types.ts";
import { usePlan } from "../app/plan.tsx";
import type { Names } from "./values.ts";

/** A commitment with everything that ever changed in it, newest first. */
export interface Known {
  readonly commitment: Tagged<Commitment>;
  readonly changes: readonly CommitmentChange[];
}

/** Reads a commitment and its change log together. */
export async function readCommitment(planId: string, commitmentId: string, signal?: AbortSignal): Promise<Known> {
  const params = { params: { path: { planId, commitmentId } }, ...(signal === undefined ? {} : { signal }) };
  const [commitment, changes] = await Promise.all([
    taggedValueOf(api.GET("/plans/{planId}/commitments/{commitmentId}", params)),
    valueOf(api.GET("/plans/{planId}/commitments/{commitmentId}/changes", params)),
  ]);
  return { commitment, changes: changes.items };
}

export function useCommitment(commitmentId: string): Loaded<Known> {
  const { plan } = usePlan();
  return useLoaded(useCallback((signal: AbortSignal) => readCommitment(plan.id, commitmentId, signal), [plan.id, commitmentId]));
}

/** Names for the ids in a commitment; an id that is unknown here stays an id. */
export function useNames(): Names {
  const { plan, partyName, chapter } = usePlan();
  return useMemo(() => {
    const challenges = new Map(plan.challenges.map((each) => [each.id, each.title]));
    const strands = new Map(plan.strands.map((each) => [each.id, each.title]));
    return {
      party: partyName,
      chapter: (id) => chapter(id)?.title ?? id,
      challenge: (id) => challenges.get(id) ?? id,
      strand: (id) => strands.get(id) ?? id,
    };
  }, [plan, partyName, chapter]);
}
