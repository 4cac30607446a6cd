// The page's end of the worker: opens a chapter, hands edits over, passes on what the worker tells.
//
// Why it exists: the wasm core lives in a worker, so that a large merge never holds up typing. This file and
// `worker.ts` are the only ones that know there is a worker.

import type { FromWorker, Told, ToWorker } from "./protocol.ts";
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
  readonly kept?: { readonly head: number; readonly tail: number };
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
  readonly cursor: { readonly version: number; readonly anchor: Place; readonly head: Place } | null;
}

/** Words that the server refused. */
export interface CoreRefused {
  readonly id: string;
  readonly text: string;
  readonly reason: string;
  readonly at: number;
}

/** How the chapter is doing. */
export interface CoreStatus {
  readonly status: "opening" | "saved" | "saving" | "offline" | "stopped" | "closed" | "failed";
  readonly canWrite: boolean;
  readonly readOnlyReason: string | null;
  readonly refused: readonly CoreRefused[];
  /** Why it cannot go on, when `status` is `failed`. */
  readonly failure: string | null;
  /** Whether this device can keep what is typed. */
  readonly storage: "kept" | "not-kept";
}

/** What a chapter's editor hears. */
export interface CoreListener {
  /**
   * The whole document: the first one, or one rebuilt. `answers`: the edit in flight was not taken (its words are
   * kept as refused ones); else it is still under way, and is answered later.
   */
  onDocument(version: number, nodes: PmJson[], answers: boolean): void;
  /**
   * The confirmed document goes from version `base` (always the last one told) to `version`. `confirms`: it
   * contains the edit in flight.
   */
  onUpdate(update: {
    readonly base: number;
    readonly version: number;
    readonly confirms: boolean;
    readonly ranges: TopRange[];
  }): void;
  onStatus(status: CoreStatus): void;
  onPeers(peers: Peer[]): void;
  /** After a time offline: how many changes of one's own were sent, and how many of others came. */
  onMerged(own: number, others: number): void;
}

/** An open chapter. */
export interface ChapterCore {
  /** At most one edit is in flight; `base` is the version it was made on. */
  edit(base: number, range: TopRange): void;
  select(version: number, anchor: Place, head: Place): void;
  discardRefused(id: string): void;
  close(): void;
}

const OPENING: CoreStatus = {
  status: "opening",
  canWrite: false,
  readOnlyReason: null,
  refused: [],
  failure: null,
  storage: "kept",
};

class Desk {
  readonly #worker: Worker;
  readonly #listeners = new Map<string, { listener: CoreListener; status: CoreStatus }>();

  constructor() {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "schrijftafel" });
    this.#worker.addEventListener("message", (event: MessageEvent<FromWorker>) => {
      this.#receive(event.data);
    });
    this.#worker.addEventListener("error", (event) => {
      this.#failAll(event.message);
    });
    addEventListener("pagehide", () => {
      this.post({ type: "flush" });
    });
    document.addEventListener("visibilitychange", () => {
      this.post({ type: "flush" });
    });
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message, {});
  }

  listen(plan: string, chapter: string, listener: CoreListener): void {
    this.#listeners.set(`${plan}/${chapter}`, { listener, status: OPENING });
    this.post({ type: "open", plan, chapter });
  }

  forget(plan: string, chapter: string): void {
    this.#listeners.delete(`${plan}/${chapter}`);
    this.post({ type: "close", plan, chapter });
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "told":
        this.#told(message.chapter, message.message);
        break;
      case "storage":
        for (const key of this.#listeners.keys()) {
          this.#status(key, { storage: message.ok ? "kept" : "not-kept" });
        }
        break;
      case "crashed":
        this.#failAll(message.what);
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
        known.listener.onDocument(told.version, told.nodes, told.answers);
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
      case "merged":
        known.listener.onMerged(told.own, told.others);
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

  #failAll(what: string): void {
    for (const key of this.#listeners.keys()) {
      this.#status(key, { status: "failed", failure: what, canWrite: false });
    }
  }
}

let desk: Desk | undefined;

/**
 * Lets this device let go of text that was erased, also of chapters that nobody opens: the worker asks the server. A
 * device that stores no text needs no worker for that.
 */
export async function letGoOfErased(): Promise<void> {
  if (desk !== undefined) return;
  const store = await Store.open();
  const chapters = await store.chapters();
  store.close();
  if (chapters.length > 0) desk ??= new Desk();
}

/** Opens a chapter in the page's worker. */
export function openCore(
  options: { readonly planId: string; readonly chapterId: string },
  listener: CoreListener,
): ChapterCore {
  const at = (desk ??= new Desk());
  const { planId: plan, chapterId: chapter } = options;
  at.listen(plan, chapter, listener);
  return {
    edit: (base, range) => {
      at.post({ type: "edit", plan, chapter, base, range });
    },
    select: (version, anchor, head) => {
      at.post({ type: "select", plan, chapter, version, places: [anchor, head] });
    },
    discardRefused: (id) => {
      at.post({ type: "discard-refused", plan, chapter, id });
    },
    close: () => {
      at.forget(plan, chapter);
    },
  };
}
