// What the editor and the core (the worker that owns the document) say to each other.
//
// Why it exists: the core numbers the states of the document and is the authority; the editor shows the newest
// state it was told plus the steps of its own that no state contains yet. Everything else is on either side.

import type { MergeReport } from "./chapterView.ts";

/** A node as ProseMirror writes it. */
export interface PmJson {
  readonly type: string;
  readonly attrs?: Record<string, unknown>;
  readonly content?: readonly PmJson[];
  readonly text?: string;
  readonly marks?: readonly { readonly type: string; readonly attrs?: Record<string, unknown> }[];
}

/** Top nodes `from` to `to` of a document, replaced by `nodes`. */
export interface TopRange {
  readonly from: number;
  readonly to: number;
  readonly nodes: readonly PmJson[];
}

/** A place in the text: the how-manieth text block in document order, and the UTF-16 offset in it. */
export interface Place {
  readonly block: number;
  readonly offset: number;
}

/** Somebody else in the chapter, with their cursor in a numbered state. */
export interface Peer {
  readonly key: string;
  readonly personId: string;
  readonly name: string;
  readonly party: string;
  readonly cursor: { readonly version: number; readonly anchor: Place; readonly head: Place } | null;
}

/** The document goes from state `base`, the last one told, to `version`. */
export interface CoreUpdate {
  readonly base: number;
  readonly version: number;
  /** It contains the edit that was in flight. */
  readonly confirms: boolean;
  readonly ranges: readonly TopRange[];
}

/** The part of the core's messages that concerns the text. */
export interface TextListener {
  /** The whole document: the first, or one built anew. */
  onDocument(version: number, nodes: readonly PmJson[]): void;
  onUpdate(update: CoreUpdate): void;
  onPeers(peers: readonly Peer[]): void;
}

/** The part of the core that takes the text. */
export interface TextCore {
  /** An edit made on state `base`. At most one is in flight. */
  edit(base: number, range: TopRange): void;
  /** Where one's own selection is. */
  select(version: number, anchor: Place, head: Place): void;
}

/** How the chapter stands: see `ChapterState`, which the page reads. */
export interface CoreStatus {
  readonly status: "opening" | "saved" | "saving" | "offline" | "failed";
  readonly canWrite: boolean;
  readonly readOnlyReason: string | null;
  readonly refused: readonly { readonly id: string; readonly text: string; readonly reason: string; readonly at: number }[];
  readonly mergeReport: MergeReport | null;
  readonly failure: string | null;
}

/** Everything the core tells of an open chapter. */
export interface CoreListener extends TextListener {
  onStatus(status: CoreStatus): void;
}

/** An open chapter in the core. */
export interface ChapterCore extends TextCore {
  discardRefused(id: string): void;
  dismissMergeReport(): void;
  close(): void;
}

/** The core's entry point, `openCore` of `core/client.ts`. */
export type OpenCore = (options: { planId: string; chapterId: string }, listener: CoreListener) => ChapterCore;
