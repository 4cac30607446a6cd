// The check of an export, or of the proof of one event, on a wasm module of its own: no worker, no network, so that it also runs in a page opened
// from a disk, and no page of the application carries it.
import { checkProof, ExportCheck, initSync } from "./pkg-check/client_wasm.js";

/** A change of one field, as the event says it. */
export interface Change {
  readonly field: string;
  readonly old: unknown;
  readonly new: unknown;
}

/** One entry of "wie wijzigde wat". */
export interface Changed {
  readonly position: number;
  readonly at: string;
  readonly partyName: string | null;
  readonly person: string | null;
  readonly cause: "created" | "amended" | "restored" | "restated" | "erased";
  readonly restoredTo: number | null;
  readonly reason: string | null;
  readonly changes: readonly Change[];
}

/** A commitment of the replayed register. */
export interface Agreement {
  readonly id: string;
  readonly content: Readonly<Record<string, unknown>> | null;
  readonly changes: readonly Changed[];
  readonly missing: readonly number[];
}

/** Who signed, and for how many events. */
export interface Sealed {
  readonly size: number;
  readonly until: string | null;
  readonly key: string;
  readonly isKeyTrusted: boolean;
  readonly cosigned: readonly { readonly id: string; readonly atSeconds: number; readonly isTrusted: boolean }[];
}

/** What an export says that holds together (`schema/src/export/summary.rs`). */
export interface Summary {
  readonly title: string | null;
  readonly origin: string;
  readonly program: string;
  readonly madeAt: string;
  readonly isWhole: boolean;
  readonly size: number;
  readonly shown: number;
  readonly leftOut: number;
  readonly erased: number;
  readonly withheld: number;
  readonly unlinked: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  readonly root: string;
  readonly seal: Sealed | null;
  readonly textChanges: number;
  readonly register: readonly Agreement[];
  /** Names and titles by id. */
  readonly names: Readonly<Record<string, string>>;
  readonly oddities: readonly { readonly position: number; readonly code: string }[];
  readonly odditiesCount: number;
}

/** The first thing that is wrong (`schema/src/export/fault.rs`). */
export interface Fault {
  readonly line: number;
  readonly position: number | null;
  /** Its name; `found` is the mark of another format. */
  readonly kind: { readonly code: string; readonly found?: string };
  readonly said: string;
}

/** What the proof of one event says that holds (`client-wasm/src/checking/kept.rs`). */
export interface Proved {
  readonly plan: string;
  readonly position: number;
  /** How many events were signed. */
  readonly size: number;
  readonly keys: readonly string[];
  readonly isKeyTrusted: boolean;
  readonly cosigned: Sealed["cosigned"];
  /** What it is; null where the proof does not show it. */
  readonly event: ProvedEvent | null;
}

export interface ProvedEvent {
  readonly at: string;
  readonly kind: string;
  /** In which stream: `commitment/…`, `plan`. */
  readonly stream: string;
  /** The event that says who did it. */
  readonly actorPosition: number;
  /** What it says; null where that is not shown, or is no JSON. */
  readonly content: Readonly<Record<string, unknown>> | null;
  /** Bytes of the content; null where it is not shown. */
  readonly contentBytes: number | null;
}

/** Why a proof proves nothing. */
export interface Unproved {
  readonly code: string;
  readonly said: string;
}

export type Answer = { readonly fault: Fault } | { readonly summary: Summary } | { readonly unproved: Unproved } | { readonly proved: Proved };

/** Makes the core ready; once, before the first check. */
export function prepare(module: Uint8Array<ArrayBuffer>): void {
  initSync({ module });
}

/** Bytes handed over at a time: between two pieces the page can be used. */
const PIECE_BYTES = 1 << 20;

/** More than the largest proof: what is longer is not read whole. */
const PROOF_BYTES_MAX = 1 << 26;

/**
 * Checks a file. `keys` are vkeys the reader believes, one a line; `tell` hears how far it is.
 * Throws when a line of `keys` is no key, the file cannot be read, or `signal` says that nobody waits for it any more.
 */
export async function check(file: Blob, keys: string, tell: (events: number, share: number) => void, signal: AbortSignal): Promise<Answer> {
  const checking = new ExportCheck(keys);
  for (let from = 0; from < file.size; from += PIECE_BYTES) {
    const piece = await file.slice(from, from + PIECE_BYTES).arrayBuffer();
    signal.throwIfAborted();
    const goesOn = checking.push(new Uint8Array(piece));
    tell(checking.checked(), Math.min(1, (from + piece.byteLength) / file.size));
    if (!goesOn) break;
  }
  const answer = JSON.parse(checking.finish()) as Answer;
  // A proof is no export from its first line on.
  if (!("fault" in answer) || answer.fault.line > 1 || file.size > PROOF_BYTES_MAX) return answer;
  const proof = checkProof(await file.text(), keys);
  signal.throwIfAborted();
  return proof === undefined ? answer : (JSON.parse(proof) as Answer);
}
