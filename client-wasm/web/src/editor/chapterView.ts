// The seam between the editor and the page around it: what a page may see of an open chapter, and ask of it.
//
// Why it exists: the editor (ProseMirror, no React) and the pages (React, no ProseMirror) are built apart.
// `openChapter(element, options)` in `editor/index.ts` answers with a `ChapterView`; the page reads its state
// through `useSyncExternalStore`, so `getState` returns the same object until something changes.
import type { Lost } from "./paste.ts";

/** What is being opened, by whom. */
export interface ChapterOptions {
  readonly planId: string;
  readonly chapterId: string;
  readonly person: { readonly id: string; readonly name: string };
  readonly party: { readonly id: string; readonly name: string };
  /** The accessible name of the text field. */
  readonly label: string;
  /** The id of the element that says which keys the text field has. */
  readonly describedBy: string;
}

/**
 * Where the newest typed word is.
 * - `opening`: nothing to show yet.
 * - `saved`: the server has everything.
 * - `saving`: on its way to the server, already kept on this device.
 * - `offline`: no connection; kept on this device and sent later.
 * - `stopped`: the server cannot save now; kept on this device and sent later.
 * - `closed`: one may not read this chapter any more.
 * - `failed`: cannot go on; reload.
 * - `elsewhere`: one goes on in another window, or in a newer release; reload to go on here.
 */
export type SaveStatus = "opening" | "saved" | "saving" | "offline" | "stopped" | "closed" | "failed" | "elsewhere";

/** Someone who has the chapter open now, oneself included. */
export interface Colleague {
  readonly key: string;
  readonly personId: string;
  readonly name: string;
  readonly party: string;
  /** Which of the eight cursor colours, 0–7. */
  readonly color: number;
  readonly self: boolean;
  /** Oneself too, in another window or on another device. */
  readonly otherWindow: boolean;
  /** A program that somebody, oneself too, gave an access code; null: a person. */
  readonly program: string | null;
}

/** Words that the server refused; they stay until their author lets them go. */
export interface RefusedWords {
  readonly id: string;
  readonly text: string;
  /** Code of the refusal, for instance `not-allowed`. */
  readonly reason: string;
  readonly at: Date;
}

/** What one is writing in, as the toolbar shows it. */
export interface Formatting {
  readonly block: "paragraph" | "heading1" | "heading2" | "heading3" | "heading4";
  readonly list: "bullet" | "ordered" | null;
  readonly quote: boolean;
  readonly strong: boolean;
  readonly em: boolean;
  /** The address of the link the selection is in. */
  readonly link: string | null;
  /** A link can be put on the selection: some words are selected, or the selection is in a link. */
  readonly canLink: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

/** Everything the page shows around the text. */
export interface ChapterState {
  readonly status: SaveStatus;
  readonly canWrite: boolean;
  /** Why one cannot write: code of a refusal, for instance `chapter-frozen`. */
  readonly readOnlyReason: string | null;
  readonly people: readonly Colleague[];
  readonly refused: readonly RefusedWords[];
  readonly formatting: Formatting;
  /** Words of one's own wait for the server. */
  readonly isWaiting: boolean;
  /** Words that neither the server has nor this device can keep: to be copied. */
  readonly unkept: string | null;
  /** The generation before which all of the text is erased; null: none is. */
  readonly erasedBefore: number | null;
}

/** What the toolbar can ask. */
export type FormatCommand =
  | { readonly kind: "block"; readonly block: Formatting["block"] }
  | { readonly kind: "list"; readonly list: "bullet" | "ordered" }
  | { readonly kind: "indent" | "outdent" | "quote" | "strong" | "em" | "undo" | "redo" }
  | { readonly kind: "link"; readonly href: string | null };

/** An open chapter. */
export interface ChapterView {
  subscribe(listener: () => void): () => void;
  getState(): ChapterState;
  /** Carries out a command on the selection and gives the text the focus back. */
  run(command: FormatCommand): void;
  /** Forgets refused words, after their author copied them or let them go. */
  discardRefused(id: string): void;
  /** Puts refused words into the text anew, where one stands in it or at its end, and forgets them beside it. */
  putBackRefused(id: string): void;
  /** How long the text is now, about, in the characters in which the server measures it. */
  length(): number;
  focus(): void;
  /** Puts the cursor where these words stand, in sight; answers whether they stand anywhere. */
  lookAt(words: string): boolean;
  /** Calls `listener` when earlier text was brought back, with the position of the restore in the plan. */
  onRestored(listener: (position: number) => void): () => void;
  /** Calls `listener` when undo or redo was asked and changed nothing, because of what others did, or a link without words; with null when undo or redo next does something. */
  onVain(listener: (asked: "undo" | "redo" | "link" | null) => void): () => void;
  /** Calls `listener` when a link is asked for by its key, on words that can have one. */
  onLinkAsked(listener: () => void): () => void;
  /** Calls `listener` when something was pasted, with what of it the text cannot hold. */
  onPasted(listener: (lost: readonly Lost[]) => void): () => void;
  /** Closes the chapter on this page; what was typed stays kept and is still sent. */
  destroy(): void;
}

/** The editor's one entry point. */
export type OpenChapter = (element: HTMLElement, options: ChapterOptions) => ChapterView;
