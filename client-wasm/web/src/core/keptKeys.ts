// Reads what the device keeps of a chapter, and remembers under which keys its rows stand.
//
// Why it exists: the core knows rows by what they are, the store by keys that grow; only the worker knows both.
import { KeptRows } from "./pkg/client_wasm.js";
import type { Keys } from "./rows.ts";
import type { Saving } from "./saving.ts";
import type { Store } from "./store.ts";

interface Parts {
  readonly store: Store | undefined;
  readonly saving: Saving;
  /** Whether no other worker uses the store. */
  readonly isAlone: boolean;
}

export class KeptKeys implements Keys {
  readonly #parts: Parts;
  #outboxKey = Date.now() * 1_000;
  readonly #outboxKeys = new Map<string, IDBValidKey>();
  readonly #actorKeys = new Map<string, IDBValidKey>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What the core opens a chapter with, an actor of the reserve included. */
  open(key: string): Promise<KeptRows> {
    return this.#rows(key, this.#parts.isAlone ? "writes" : "now");
  }

  /** The same without an actor: nobody is going to write. */
  look(key: string): Promise<KeptRows> {
    return this.#rows(key, "never");
  }

  async #rows(key: string, takes: "writes" | "now" | "never"): Promise<KeptRows> {
    const known = new KeptRows();
    // Who left the chapter a moment ago may have letters on their way to disk.
    await this.#parts.saving.settled();
    try {
      const kept = await this.#parts.store?.chapter(key, takes);
      if (kept !== undefined) {
        if (kept.state !== undefined) known.state(kept.state);
        for (const row of kept.tail) known.tail(row);
        for (const row of kept.outbox) known.outbox(row);
        for (const [hash, at] of kept.outboxKeys) {
          this.#outboxKeys.set(hash, at);
          // A clock that was set back must not put the next change before those that it builds on.
          if (Array.isArray(at)) this.#outboxKey = Math.max(this.#outboxKey, Number(at[1]));
        }
        for (const row of kept.refused) known.refused(row);
        if (kept.actorKey !== undefined) this.#actorKeys.set(key, kept.actorKey);
        known.actors(kept.actorsLeft, kept.actor, this.#parts.isAlone);
      }
    } catch {
      this.#parts.saving.cannotRead();
    }
    return known;
  }

  outbox(hash: string): IDBValidKey | undefined {
    return this.#outboxKeys.get(hash);
  }

  newOutbox(chapter: string, hash: string): IDBValidKey {
    this.#outboxKey += 1;
    const key = [chapter, this.#outboxKey, hash];
    this.#outboxKeys.set(hash, key);
    return key;
  }

  actor(chapter: string): IDBValidKey | undefined {
    return this.#actorKeys.get(chapter);
  }
}
