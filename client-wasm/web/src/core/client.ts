// The page's end of the worker: opens a chapter, hands edits over, passes on what the worker tells.
//
// Why it exists: the wasm core lives in a worker, so that a large merge never holds up typing. This file, `link.ts` and
// `worker.ts` are the only ones that know there is a worker.
import type { Authorship } from "../api/types.ts";
import { linkTo, type Say } from "./link.ts";
import type { FromWorker, Told, ToWorker } from "./protocol.ts";
import { whoOf } from "./sessionCheck.ts";
import { Store } from "./store.ts";

/** A ProseMirror node as JSON. */
export interface PmJson {
  readonly type: string;
  readonly attrs?: Record<string, unknown>;
  readonly content?: PmJson[];
  readonly text?: string;
  readonly marks?: { readonly type: string; readonly attrs?: Record<string, unknown> }[];
}

/** Top-level nodes `[from, to)` of a document, replaced by `nodes`. */
export interface TopRange {
  readonly from: number;
  readonly to: number;
  readonly nodes: PmJson[];
  /**
   * What stayed at both ends of the text blocks in these nodes, in UTF-16 units with one for every block's start:
   * which of two equal letters is the new one, the nodes alone cannot say.
   */
  readonly kept?: { readonly head: number; readonly tail: number; readonly whole: boolean };
  /**
   * Undo or redo is in it: what comes may be what went, and the core puts that around what others typed inside it. All that
   * stayed of the text blocks in these nodes: `[old, new, length]`, counted like `kept`.
   */
  readonly back?: readonly (readonly [number, number, number])[];
}

/** A place in the text: the how-manieth textblock in document order, and the UTF-16 offset in it. */
export interface Place {
  readonly block: number;
  readonly offset: number;
}

/** Somebody else in the chapter. */
export interface Peer {
  readonly key: string;
  readonly personId: string;
  readonly name: string;
  readonly party: string;
  /** By what they know the program of theirs that is here; null: they are here themselves. */
  readonly program: string | null;
  readonly cursor: { readonly version: number; readonly anchor: Place; readonly head: Place } | null;
}

/** Words that the server refused. */
export interface CoreRefused {
  readonly id: string;
  readonly text: string;
  readonly reason: string;
  readonly at: number;
  /** The part of a word of the text right behind which they began, where they went on in it; not known of old ones. */
  readonly before?: string | null;
  /** The part of a word right before which they ended. */
  readonly behind?: string | null;
}

/** How the chapter is doing. */
export interface CoreStatus {
  /** `elsewhere`: another window or a newer release has taken over. */
  readonly status: "opening" | "saved" | "saving" | "offline" | "stopped" | "closed" | "failed" | "elsewhere";
  readonly canWrite: boolean;
  readonly readOnlyReason: string | null;
  readonly refused: readonly CoreRefused[];
  /** How many changes of one's own the server does not have yet. */
  readonly waiting: number;
  /** Words that neither the server has nor this device can keep. */
  readonly unkept: string | null;
  /** The generation before which all of the text is erased; null: none is. */
  readonly erasedBefore: number | null;
  /** Why it cannot go on, when `status` is `failed`. */
  readonly failure: string | null;
}

/** What became of words that waited in a chapter, once the connection was back. */
export interface Reunion {
  readonly planId: string;
  readonly chapterId: string;
  /** Words of one's own that came in. */
  readonly added: number;
  /** Words that one took out. */
  readonly removed: number;
  /** Paragraphs in which others changed something too. */
  readonly shared: readonly SharedParagraph[];
  /** When that was known, UTC ms. */
  readonly at: number;
  /** Absences since then that were too short for a report of their own; words came in after each, and are not counted. Absent: none. */
  readonly uncounted?: number;
}

/** A paragraph that one wrote in while others did. */
export interface SharedParagraph {
  /** How it begins now. */
  readonly excerpt: string;
  /** What each of the others did in it. */
  readonly edits: readonly EditOfOther[];
}

/** What somebody else did in a paragraph. Neither words that came nor words that went: how it looks. */
export interface EditOfOther {
  /** Null when the server could not be asked. */
  readonly by: Pick<Authorship, "actor" | "source"> | null;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** What every page may know, whatever chapter is open. */
export interface DeskState {
  readonly reunions: readonly Reunion[];
  /** Refused words by chapter, until their author lets them go. */
  readonly refused: readonly { readonly planId: string; readonly chapterId: string; readonly words: readonly CoreRefused[] }[];
  /** Words of one's own wait for the server. */
  readonly isWaiting: boolean;
  /** This device takes no more words. */
  readonly isFull: boolean;
  /** The worker is connected with the server; false too where there is no worker. */
  readonly isConnected: boolean;
}

/** What a chapter's editor hears. */
export interface CoreListener {
  /**
   * The whole document: the first one, or one rebuilt. `answers`: the edit in flight was not taken (its words are
   * kept as refused ones); else it is still under way, and is answered later. `at`: when it was last changed, UTC ms,
   * where that is known.
   */
  onDocument(version: number, nodes: PmJson[], answers: boolean, at: number | null): void;
  /**
   * The confirmed document goes from version `base` (always the last one told) to `version`. `confirms`: it
   * contains the edit in flight. `stayed`: which stretches of the replaced nodes stand in the new ones, where that is known,
   * as `[old, new, length]` from the start of the range, in UTF-16 units with one for the start of every text block.
   */
  onUpdate(update: {
    readonly base: number;
    readonly version: number;
    readonly confirms: boolean;
    readonly ranges: TopRange[];
    readonly stayed: readonly (readonly [number, number, number])[] | null;
  }): void;
  onStatus(status: CoreStatus): void;
  onPeers(peers: Peer[]): void;
  /** The server brought earlier text back; the restore stands at this position of the plan. */
  onRestored(position: number): void;
}

/** An open chapter. */
export interface ChapterCore {
  /** At most one edit is in flight; `base` is the version it was made on. */
  edit(base: number, range: TopRange): void;
  select(version: number, anchor: Place, head: Place): void;
  discardRefused(id: string): void;
  close(): void;
}

/** Whose words are kept: a person, and the party they work for. */
export interface Owner {
  readonly person: { readonly id: string };
  readonly party: { readonly id: string };
}

const OPENING: CoreStatus = {
  status: "opening",
  canWrite: false,
  readOnlyReason: null,
  refused: [],
  waiting: 0,
  unkept: null,
  erasedBefore: null,
  failure: null,
};

const NOTHING: DeskState = { reunions: [], refused: [], isWaiting: false, isFull: false, isConnected: false };

/** How long the worker may take to say that all is stored. */
const SETTLE_MS = 15_000;

class Desk {
  readonly who: string;
  readonly #say: Say;
  readonly #listeners = new Map<string, { listener: CoreListener; status: CoreStatus }>();
  readonly #settling = new Map<number, (kept: boolean) => void>();
  #tickets = 0;
  #isGone = false;

  constructor(who: string) {
    this.who = who;
    this.#say = linkTo(who, {
      receive: (message) => this.#receive(message),
      failed: (what) => this.#failAll("failed", what),
    });
    addEventListener("pagehide", () => this.post({ type: "flush" }));
    document.addEventListener("visibilitychange", () => this.post({ type: document.visibilityState === "visible" ? "look" : "flush" }));
    addEventListener("online", () => this.post({ type: "network", online: true }));
    addEventListener("offline", () => this.post({ type: "network", online: false }));
    addEventListener("beforeunload", (event) => {
      // The one case in which leaving loses words: the browser asks whether one is sure.
      if ([...this.#listeners.values()].some(({ status }) => status.unkept !== null)) event.preventDefault();
    });
  }

  post(message: ToWorker): void {
    this.#say(message);
  }

  listen(plan: string, chapter: string, listener: CoreListener): void {
    this.#listeners.set(`${plan}/${chapter}`, { listener, status: OPENING });
    this.post({ type: "open", plan, chapter });
  }

  forget(plan: string, chapter: string): void {
    this.#listeners.delete(`${plan}/${chapter}`);
    this.post({ type: "close", plan, chapter });
  }

  /** Whether everything typed so far is on the device or with the server. */
  settle(): Promise<boolean> {
    if (this.#isGone) return Promise.resolve(true);
    const ticket = (this.#tickets += 1);
    return new Promise((resolve) => {
      const answered = (kept: boolean) => {
        this.#settling.delete(ticket);
        resolve(kept);
      };
      this.#settling.set(ticket, answered);
      setTimeout(() => answered(false), SETTLE_MS);
      this.post({ type: "settle", ticket });
    });
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "told":
        this.#told(message.chapter, message.message);
        break;
      case "desk":
        learn(message.state);
        break;
      case "settled":
        this.#settling.get(message.ticket)?.(message.kept);
        break;
      case "refused-version":
        for (const listener of refusedVersion) listener();
        break;
      case "stepped-down":
        this.#isGone = true;
        this.#failAll("elsewhere", null);
        break;
      case "crashed":
        this.#isGone = true;
        this.#failAll("failed", message.what);
        break;
      default:
        message satisfies never;
    }
  }

  #told(key: string, told: Told): void {
    const known = this.#listeners.get(key);
    if (known === undefined) return;
    const [plan = "", chapter = ""] = key.split("/");
    switch (told.type) {
      case "document":
        known.listener.onDocument(told.version, told.nodes, told.answers, told.at ?? null);
        this.post({ type: "seen", plan, chapter, version: told.version });
        break;
      case "update":
        known.listener.onUpdate(told);
        this.post({ type: "seen", plan, chapter, version: told.version });
        break;
      case "status": {
        const { type: _, ...status } = told;
        this.#status(key, { ...status, failure: null });
        break;
      }
      case "peers":
        known.listener.onPeers(told.peers);
        break;
      case "restored":
        known.listener.onRestored(told.position);
        break;
      case "failed":
        this.#status(key, { status: "failed", failure: told.what });
        break;
      default:
        told satisfies never;
    }
  }

  #status(key: string, change: Partial<CoreStatus>): void {
    const known = this.#listeners.get(key);
    if (known === undefined) return;
    known.status = { ...known.status, ...change };
    known.listener.onStatus(known.status);
  }

  #failAll(status: "failed" | "elsewhere", failure: string | null): void {
    for (const key of this.#listeners.keys()) this.#status(key, { status, failure, canWrite: false });
  }
}

let desk: Desk | undefined;
let state = NOTHING;
const listeners = new Set<() => void>();
const refusedVersion = new Set<() => void>();

function learn(next: DeskState): void {
  state = next;
  for (const listener of listeners) listener();
}

/** The desk of a person; another one's goes on for the windows that still show it. */
function deskOf(owner: Owner): Desk {
  const who = whoOf(owner);
  if (desk?.who !== who) {
    learn(NOTHING);
    desk = new Desk(who);
  }
  return desk;
}

/** Opens a chapter in the person's worker. */
export function openCore(
  options: { readonly planId: string; readonly chapterId: string; readonly owner: Owner },
  listener: CoreListener,
): ChapterCore {
  const at = deskOf(options.owner);
  const { planId: plan, chapterId: chapter } = options;
  at.listen(plan, chapter, listener);
  return {
    edit: (base, range) => at.post({ type: "edit", plan, chapter, base, range }),
    select: (version, anchor, head) => at.post({ type: "select", plan, chapter, version, places: [anchor, head] }),
    discardRefused: (id) => at.post({ type: "discard-refused", plan, chapter, id }),
    close: () => at.forget(plan, chapter),
  };
}

/**
 * Starts the worker of a person when something of theirs is kept on this device, whatever page is shown: words wait, a
 * report on them was not read, or text is stored of which the server may say that it was erased.
 */
export async function sendWhatWaits(owner: Owner): Promise<void> {
  if (desk?.who === whoOf(owner)) return;
  const store = await Store.open(whoOf(owner));
  const [chapters, reunions] = await Promise.all([store.chapters(), store.reunions()]);
  store.close();
  if (chapters.length > 0 || reunions.length > 0) deskOf(owner);
}

/** Of which chapters of a plan this device stores the text that one writes in. */
export async function textsStoredHere(owner: Owner, planId: string): Promise<string[]> {
  const store = await Store.open(whoOf(owner));
  const chapters = await store.chaptersWithText().finally(() => store.close());
  return chapters.filter((key) => key.startsWith(`${planId}/`)).map((key) => key.slice(planId.length + 1));
}

/** What every page may know: the same object until something changes. */
export function deskState(): DeskState {
  return state;
}

/** Calls `listener` whenever that changes. */
export function onDeskState(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Reports were read, of these chapters: they go from every window. */
export function reunionsRead(read: readonly Reunion[]): void {
  // Here at once, whatever the worker is doing.
  learn({ ...state, reunions: state.reunions.filter((each) => !read.includes(each)) });
  for (const { planId, chapterId } of read) desk?.post({ type: "reunion-read", of: `${planId}/${chapterId}` });
}

/** The author lets refused words go, on whatever page. */
export function discardWords(planId: string, chapterId: string, id: string): void {
  desk?.post({ type: "discard-refused", plan: planId, chapter: chapterId, id });
}

/** The person of this window is signed in, perhaps again. */
export function lookAgain(): void {
  desk?.post({ type: "look" });
}

/** Whether everything typed in this window is on the device or with the server. */
export async function wordsAreKept(): Promise<boolean> {
  return desk === undefined || (await desk.settle());
}

/** Calls `listener` when the server no longer understands this release. */
export function onRefusedVersion(listener: () => void): void {
  refusedVersion.add(listener);
}
