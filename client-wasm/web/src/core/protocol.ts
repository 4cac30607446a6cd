// What the windows and the worker say to each other. Both import it; nothing else does.

import type { CoreRefused, CoreStatus, DeskState, Peer, Place, PmJson, TopRange } from "./client.ts";

/** From a window. */
export type ToWorker =
  /** First: the lock that the window holds for as long as it is there. */
  | { readonly type: "window"; readonly lock: string }
  /** A window without a lock goes. */
  | { readonly type: "bye" }
  | { readonly type: "open"; readonly plan: string; readonly chapter: string }
  | { readonly type: "close"; readonly plan: string; readonly chapter: string }
  | { readonly type: "edit"; readonly plan: string; readonly chapter: string; readonly base: number; readonly range: TopRange }
  | { readonly type: "seen"; readonly plan: string; readonly chapter: string; readonly version: number }
  | {
      readonly type: "select";
      readonly plan: string;
      readonly chapter: string;
      readonly version: number;
      readonly places: readonly [Place, Place];
    }
  | { readonly type: "discard-refused"; readonly plan: string; readonly chapter: string; readonly id: string }
  | { readonly type: "flush" }
  /** Somebody looks at the window, or signed in: what was closed may be open again. */
  | { readonly type: "look" }
  /** Asks whether everything typed so far is on the device or with the server. */
  | { readonly type: "settle"; readonly ticket: number }
  /** The report on a chapter (`plan/chapter`) was read. */
  | { readonly type: "reunion-read"; readonly of: string }
  | { readonly type: "network"; readonly online: boolean };

/** What the wasm core tells about a chapter, as it comes. */
export type Told =
  /** `at`: when the text was last changed, said to a window that comes. */
  | { readonly type: "document"; readonly version: number; readonly nodes: PmJson[]; readonly answers: boolean; readonly at?: number | null }
  | {
      readonly type: "update";
      readonly base: number;
      readonly version: number;
      readonly confirms: boolean;
      readonly ranges: TopRange[];
      readonly stayed: readonly (readonly [number, number, number])[] | null;
    }
  | ToldStatus
  | { readonly type: "peers"; readonly peers: Peer[] }
  | { readonly type: "restored"; readonly position: number }
  | { readonly type: "failed"; readonly what: string };

export type ToldStatus = { readonly type: "status"; readonly refused: readonly CoreRefused[] } & Omit<CoreStatus, "failure">;

/** From the worker. */
export type FromWorker =
  | { readonly type: "told"; readonly chapter: string; readonly message: Told }
  | { readonly type: "desk"; readonly state: DeskState }
  | { readonly type: "settled"; readonly ticket: number; readonly kept: boolean }
  /** The server does not speak the protocol of this release any more. */
  | { readonly type: "refused-version" }
  /** Another worker has taken the device's store over: of a newer release, or of a window in a browser without shared workers. */
  | { readonly type: "stepped-down" }
  | { readonly type: "crashed"; readonly what: string };
