// What the editor and the core (the worker that owns the document) say to each other.
//
// Why it exists: the core numbers the states of the document and is the authority; the editor shows the newest
// state it was told plus the steps of its own that no state contains yet. Everything else is on either side.

import type { ChapterCore, CoreListener, openCore } from "../core/client.ts";

export type { ChapterCore, CoreStatus, Peer, Place, PmJson, TopRange } from "../core/client.ts";

/** The core's entry point. */
export type OpenCore = typeof openCore;

/** The document goes from state `base`, the last one told, to `version`; see `CoreListener`. */
export type CoreUpdate = Parameters<CoreListener["onUpdate"]>[0];

/** The part of the core's messages that concerns the text. */
export type TextListener = Pick<CoreListener, "onDocument" | "onUpdate" | "onPeers">;

/** The part of the core that takes the text. */
export type TextCore = Pick<ChapterCore, "edit" | "select">;
