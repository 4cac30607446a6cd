// The check of proofs, on a wasm module of its own: loaded when somebody asks, so that no phone carries it before.
//
// Whoever needs it imports this file dynamically; nothing here talks to the server.
import init, { checkCheckpoint, checkGrowth, checkStatement } from "./pkg-proof/client_wasm.js";
import wasmUrl from "./pkg-proof/client_wasm_bg.wasm?url";

/** Size and root of a plan's log. */
export interface Head {
  readonly size: number;
  readonly root: string;
}

/** A signed state of the log whose signatures hold (`client-wasm/src/proving.rs`). */
export interface Sealed extends Head {
  readonly origin: string;
  readonly note: string;
  readonly keys: readonly string[];
  readonly cosigned: readonly { readonly id: string; readonly at: string }[];
  readonly required: number;
  readonly isMet: boolean;
}

/** How a claim of the page came out; one that is not so is a fault. */
export type Said = "asRecorded" | "withheld" | "notClaimed";

export interface ActorIds {
  readonly person: string;
  readonly party: string;
}

/** What stands on a page about an event. */
export interface Statement {
  readonly plan: string;
  readonly position: number;
  readonly at: string;
  readonly people?: readonly ActorIds[];
  readonly subject?: string;
  readonly kind?: string;
  /** What changed in a commitment, as the API gave it. */
  readonly fields?: readonly unknown[];
  readonly reason?: string;
}

/** A statement that is what was recorded. */
export interface Verified {
  readonly position: number;
  readonly sealed: Sealed;
  readonly time: Said;
  readonly person: Said;
  readonly actor: ActorIds | null;
  readonly content: Said;
  /** Where the event stands that says who the actor is; null where that is withheld. */
  readonly actorPosition: number | null;
}

/** The rules by which a check can fail (`client-wasm/src/proving/fault.rs`). */
export type FaultCode =
  | "unreadable"
  | "otherLog"
  | "otherPlace"
  | "notInLog"
  | "logSignature"
  | "cosignature"
  | "altered"
  | "otherTime"
  | "otherPerson"
  | "otherSubject"
  | "otherContent"
  | "forked";

/** A check that failed. */
export class ProofFault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, said: string) {
    super(said);
    this.name = "ProofFault";
    this.code = code;
  }
}

type Told<T> = { readonly ok: T; readonly fault?: undefined } | { readonly fault: { readonly code: FaultCode; readonly said: string } };

let ready: Promise<unknown> | undefined;

/** Loads the module, once. Fails without a connection; asking again tries again. */
export async function prepare(): Promise<void> {
  ready ??= init({ module_or_path: wasmUrl });
  try {
    await ready;
  } catch (error) {
    ready = undefined;
    throw error;
  }
}

/** Checks what a page says against the server's `EventProof`s: of the event, and of the one that names its actor. */
export function verifyStatement(statement: Statement, answer: unknown, actor: unknown): Verified {
  const shown = actor === null ? undefined : JSON.stringify(actor);
  return valueOf(checkStatement(JSON.stringify(statement), JSON.stringify(answer), shown));
}

/** Checks the signatures under a signed state. `trust` is a `Trust` of the API. */
export function verifyCheckpoint(plan: string, note: string, trust: unknown): Sealed {
  return valueOf(checkCheckpoint(plan, note, JSON.stringify(trust)));
}

/** Whether the later tree begins with the earlier one. */
export function isGrowth(earlier: Head, later: Head, path: readonly string[]): boolean {
  const head = ({ size, root }: Head) => JSON.stringify({ size, root });
  try {
    valueOf<null>(checkGrowth(head(earlier), head(later), JSON.stringify(path)));
    return true;
  } catch (error) {
    if (error instanceof ProofFault && error.code === "forked") return false;
    throw error;
  }
}

function valueOf<T>(json: string): T {
  const told = JSON.parse(json) as Told<T>;
  if (told.fault !== undefined) throw new ProofFault(told.fault.code, told.fault.said);
  return told.ok;
}
