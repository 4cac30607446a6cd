// What the page and the worker say to each other. Both import it; nothing else does.

import type { CoreStatus, Peer, Place, PmJson, TopRange } from "./client.ts";

/** From the page. */
export type ToWorker =
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
  | { readonly type: "flush" };

/** What the wasm core tells about a chapter, as it comes. */
export type Told =
  | { readonly type: "document"; readonly version: number; readonly nodes: PmJson[]; readonly answers: boolean }
  | {
      readonly type: "update";
      readonly base: number;
      readonly version: number;
      readonly confirms: boolean;
      readonly ranges: TopRange[];
    }
  | ({ readonly type: "status" } & Omit<CoreStatus, "failure" | "storage">)
  | { readonly type: "peers"; readonly peers: Peer[] }
  | { readonly type: "merged"; readonly own: number; readonly others: number }
  | { readonly type: "failed"; readonly what: string };

/** From the worker. */
export type FromWorker =
  | { readonly type: "told"; readonly chapter: string; readonly message: Told }
  | { readonly type: "storage"; readonly ok: boolean; readonly what: string }
  | { readonly type: "crashed"; readonly what: string };
