// Proving what stands on a page: the server's proof, the check of it on this device, and what the device saw before.
import { api, valueOf } from "../../api/client.ts";
import { ApiError, asApiError } from "../../api/problem.ts";
import type { EventProof, WitnessState } from "../../api/types.ts";
import type { FaultCode, Sealed, Statement, Verified } from "../../core/proofCheck.ts";
import { recall, remember } from "../../core/proofMemory.ts";
import { compare, type Outcome } from "./device.ts";
import { tellCaught } from "./forks.ts";

/** Why a check failed: a rule of the proof, or the server's own word that its history is not what was signed. */
export type FailureCode = FaultCode | "notAsSigned";

/** What came out of a check. */
export type Proved =
  | { readonly state: "proved"; readonly verified: Verified; readonly device: Outcome; readonly witnesses: Names; readonly file: EventProof; readonly checkedAt: number }
  /** Not under a signed state yet. */
  | { readonly state: "waiting" }
  | { readonly state: "failed"; readonly code: FailureCode; readonly said: string; readonly file: unknown };

/** Who the witnesses are: the party's name by the witness's id. */
export type Names = ReadonlyMap<string, string>;

/** Checks a statement. Throws an `ApiError` when the check could not be made: that is no alarm. */
export async function prove(statement: Statement, signal: AbortSignal): Promise<Proved> {
  const core = await checker();
  let file: EventProof | null = null;
  try {
    const asking = [proofOf(statement.plan, statement.position, signal), witnessState(statement.plan, signal)] as const;
    const [answer, state] = await Promise.all(asking);
    file = answer;
    const first = core.verifyStatement(statement, answer, null);
    const actor = first.actorPosition === null ? null : await proofOf(statement.plan, first.actorPosition, signal);
    const verified = actor === null ? first : core.verifyStatement(statement, answer, actor);
    const device = await compareHere(statement.plan, verified.sealed, signal);
    if (device.kind === "forked") return { state: "failed", code: "forked", said: "", file: device.fork };
    return { state: "proved", verified, device, witnesses: namesOf(state), file: answer, checkedAt: Date.now() };
  } catch (thrown) {
    if (thrown instanceof core.ProofFault) return { state: "failed", code: thrown.code, said: thrown.message, file };
    if (thrown instanceof ApiError && thrown.code === "not-signed-yet") return { state: "waiting" };
    if (thrown instanceof ApiError && thrown.code === "log-not-as-signed") return { state: "failed", code: "notAsSigned", said: thrown.message, file };
    throw thrown;
  }
}

/** What came out of checking the newest signed state of a plan. */
export type Checked =
  | { readonly state: "checked"; readonly device: Outcome }
  | { readonly state: "failed"; readonly code: FaultCode }
  /** Nothing was signed yet. */
  | { readonly state: "nothing" };

/** Checks the newest signed state and compares it with what this device saw. Throws when it could not be checked. */
export async function checkNewest(plan: string, state: WitnessState, signal: AbortSignal): Promise<Checked> {
  if (state.checkpoint === null) return { state: "nothing" };
  const core = await checker();
  const keys = await publishedKeys(plan, signal);
  const witnesses = state.witnesses.map(({ id, keys: known }) => ({ id, keys: known }));
  const trust = { origin: state.origin, logKeys: keys.map(({ vkey }) => vkey), quorum: { required: state.required, witnesses } };
  try {
    const sealed = core.verifyCheckpoint(plan, state.checkpoint.note, trust);
    return { state: "checked", device: await compareHere(plan, sealed, signal) };
  } catch (thrown) {
    if (thrown instanceof core.ProofFault) return { state: "failed", code: thrown.code };
    throw thrown;
  }
}

/** How far the plan is signed and cosigned, and whether there is an alarm. */
export function witnessState(planId: string, signal: AbortSignal): Promise<WitnessState> {
  return valueOf(api.GET("/plans/{planId}/witness-state", { params: { path: { planId } }, signal }));
}

/** A key of the server, and when it signs. */
export interface PublishedKey {
  readonly vkey: string;
  readonly from: string;
  readonly until: string | null;
}

/** The server's keys for a plan, as anybody may read them. */
export async function publishedKeys(plan: string, signal: AbortSignal): Promise<readonly PublishedKey[]> {
  try {
    const answer = await fetch(publishedAt(plan, "keys"), { signal, cache: "no-store" });
    if (!answer.ok) throw new ApiError("server-trouble", answer.status, `status ${answer.status}`);
    return ((await answer.json()) as { keys: PublishedKey[] }).keys;
  } catch (thrown) {
    throw asApiError(thrown);
  }
}

/** Where a plan's log is published for everybody's tools. */
export function publishedAt(plan: string, what: "checkpoint" | "keys" | "witnesses"): string {
  return `/audit/v1/plans/${plan}/${what}`;
}

export function namesOf(state: WitnessState): Names {
  return new Map(state.witnesses.map((witness) => [witness.id, witness.partyName ?? witness.id]));
}

async function checker() {
  try {
    const core = await import("../../core/proofCheck.ts");
    await core.prepare();
    return core;
  } catch (thrown) {
    throw asApiError(thrown);
  }
}

function proofOf(planId: string, position: number, signal: AbortSignal): Promise<EventProof> {
  return valueOf(api.GET("/plans/{planId}/events/{position}/proof", { params: { path: { planId, position } }, signal }));
}

async function compareHere(plan: string, sealed: Sealed, signal: AbortSignal): Promise<Outcome> {
  const { isGrowth } = await checker();
  const ask = async (from: number, to: number): Promise<readonly string[] | null> => {
    try {
      const params = { path: { planId: plan }, query: { from, to } };
      return (await valueOf(api.GET("/plans/{planId}/consistency-proof", { params, signal }))).path;
    } catch (thrown) {
      // The server does not know a tree that it has signed itself.
      if (thrown instanceof ApiError && thrown.code === "bad-request") return null;
      throw thrown;
    }
  };
  for (;;) {
    const known = await recall(plan);
    const { outcome, next } = await compare(sealed, known, { ask, isGrowth, now: () => new Date().toISOString() });
    if (!(await remember(plan, known, next))) continue;
    tellCaught(plan, next);
    return outcome;
  }
}
