// The worker: owns the wasm core, the socket and the device's store, and carries the core's effects out.
//
// Nothing is decided here. Order matters: effects are carried out one batch after the other, and a change is
// handed to the socket only after its row is on disk.

import init, { Core, KeptRows } from "./pkg/client_wasm.js";
import wasmUrl from "./pkg/client_wasm_bg.wasm?url";
import type { FromWorker, Told, ToWorker } from "./protocol.ts";
import { type KeptChapter, rowsOf, Store, tailUpTo, type Write } from "./store.ts";

type Effect = [kind: string, chapter: string | null, a?: unknown, b?: unknown];

/** How often the core hears that time passes when nothing else happens. */
const HEARTBEAT_MS = 1_000;

function post(message: FromWorker): void {
  self.postMessage(message, {});
}

class Runner {
  readonly #core: Core;
  readonly #store: Store | undefined;
  #socket: WebSocket | undefined;
  #due: ReturnType<typeof setTimeout> | undefined;
  #outboxKey = Date.now() * 1_000;
  readonly #outboxKeys = new Map<string, IDBValidKey>();
  #queue: Promise<void> = Promise.resolve();
  /** A write failed: what is on disk is not known any more, so it is not said that something is gone from it. */
  #lostTrack = false;
  /** The state row of a chapter that was read to be wiped. */
  readonly #toWipe = new Map<string, Uint8Array | undefined>();

  constructor(core: Core, store: Store | undefined) {
    this.#core = core;
    this.#store = store;
    setInterval(() => {
      this.step(() => {
        this.#core.tick(Date.now());
      });
    }, HEARTBEAT_MS);
    self.addEventListener("online", () => {
      if (this.#socket === undefined) this.connect();
    });
    self.addEventListener("offline", () => {
      this.#socket?.close();
    });
  }

  /** Lets the core take a step, and carries out what follows. A trap of the core ends this worker. */
  step(take: () => void): void {
    try {
      take();
      this.#carryOut(this.#core.effects() as Effect[]);
      this.#schedule();
    } catch (error) {
      post({ type: "crashed", what: String(error) });
      self.close();
    }
  }

  connect(): void {
    const scheme = self.location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${self.location.host}/sync`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.step(() => {
        this.#core.connected(Date.now());
      });
    });
    socket.addEventListener("message", (event: MessageEvent<ArrayBuffer>) => {
      if (this.#socket !== socket) return;
      this.step(() => {
        this.#core.received(Date.now(), new Uint8Array(event.data));
      });
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#lost();
    });
  }

  #lost(): void {
    this.#socket = undefined;
    this.step(() => {
      const wait = this.#core.disconnected();
      // Not all at once after a restart of the server.
      setTimeout(() => {
        if (this.#socket === undefined) this.connect();
      }, wait * (0.5 + Math.random()));
    });
  }

  async open(plan: string, chapter: string): Promise<void> {
    let known = new KeptRows();
    try {
      // Who left the chapter a moment ago may have letters on their way to disk.
      await this.#queue;
      const kept = await this.#store?.chapter(`${plan}/${chapter}`, "take");
      if (kept !== undefined) known = this.#known(kept);
    } catch (error) {
      post({ type: "storage", ok: false, what: String(error) });
    }
    this.step(() => {
      this.#core.open(plan, chapter, known);
    });
  }

  #known(kept: KeptChapter): KeptRows {
    const known = new KeptRows();
    if (kept.state !== undefined) known.state(kept.state);
    for (const row of kept.tail) known.tail(row);
    for (const row of kept.outbox) known.outbox(row);
    for (const [hash, key] of kept.outboxKeys) {
      this.#outboxKeys.set(hash, key);
      // A clock that was set back must not put the next change before those that it builds on.
      if (Array.isArray(key)) this.#outboxKey = Math.max(this.#outboxKey, Number(key[1]));
    }
    for (const row of kept.refused) known.refused(row);
    known.actors(kept.actorsLeft, kept.actor);
    return known;
  }

  /** Tells the core of which chapters something is stored. What cannot be read is asked of nobody. */
  async #readHeld(): Promise<void> {
    const chapters = await this.#store?.chapters();
    if (chapters === undefined) return;
    this.step(() => {
      this.#core.held(chapters);
    });
  }

  /** Hands the core what is stored of a chapter, so that it says what is to go. */
  async #readKept(chapter: string, before: number): Promise<void> {
    // What was asked before stands on disk first.
    await this.#queue;
    const kept = await this.#store?.chapter(chapter, "leave");
    this.#toWipe.set(chapter, kept?.state);
    const known = kept === undefined ? new KeptRows() : this.#known(kept);
    this.step(() => {
      this.#core.wipe(Date.now(), chapter, before, known);
    });
  }

  take(message: ToWorker): void {
    switch (message.type) {
      case "open":
        void this.open(message.plan, message.chapter);
        break;
      case "close":
        this.step(() => {
          this.#core.close(Date.now(), message.plan, message.chapter);
        });
        break;
      case "edit":
        this.step(() => {
          this.#core.edit(Date.now(), message.plan, message.chapter, message.base, JSON.stringify(message.range));
        });
        break;
      case "seen":
        this.step(() => {
          this.#core.seen(message.plan, message.chapter, message.version);
        });
        break;
      case "select":
        this.step(() => {
          this.#core.select(message.plan, message.chapter, message.version, JSON.stringify(message.places));
        });
        break;
      case "discard-refused":
        this.step(() => {
          this.#core.discardRefused(message.plan, message.chapter, message.id);
        });
        break;
      case "flush":
        this.step(() => {
          this.#core.flush(Date.now());
        });
        break;
      default:
        message satisfies never;
    }
  }

  #schedule(): void {
    clearTimeout(this.#due);
    const due = this.#core.dueMs();
    if (due === undefined) return;
    this.#due = setTimeout(
      () => {
        this.step(() => {
          this.#core.tick(Date.now());
        });
      },
      Math.max(0, due - Date.now()),
    );
  }

  #carryOut(effects: readonly Effect[]): void {
    const writes: Write[] = [];
    const stored: Uint8Array[] = [];
    const gone: [chapter: string, before: number][] = [];
    for (const [kind, chapter, a, b] of effects) {
      switch (kind) {
        case "send":
          if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(a as Uint8Array<ArrayBuffer>);
          break;
        case "tell":
          post({ type: "told", chapter: chapter ?? "", message: JSON.parse(a as string) as Told });
          break;
        case "reconnect":
          this.#socket?.close();
          break;
        case "read-held":
          this.#readHeld().catch(unread);
          break;
        case "read-kept":
          this.#readKept(chapter ?? "", a as number).catch(unread);
          break;
        case "drop-kept":
          writes.push(...dropped(chapter ?? "", this.#toWipe.get(chapter ?? "")));
          break;
        case "confirm":
          gone.push([chapter ?? "", a as number]);
          break;
        case "store-outbox":
          stored.push(a as Uint8Array);
          writes.push(this.#outbox(chapter ?? "", a as Uint8Array, b as Uint8Array));
          break;
        default:
          writes.push(...rows(kind, chapter ?? "", a, b, (hash) => this.#outboxKeys.get(hash)));
      }
    }
    if (writes.length > 0 || gone.length > 0) this.#write(writes, stored, gone);
  }

  #outbox(chapter: string, hash: Uint8Array, value: Uint8Array): Write {
    this.#outboxKey += 1;
    const key = [chapter, this.#outboxKey, hex(hash)];
    this.#outboxKeys.set(hex(hash), key);
    return { kind: "put", store: "outbox", key, value };
  }

  #write(writes: Write[], stored: Uint8Array[], gone: readonly [chapter: string, before: number][]): void {
    this.#queue = this.#queue
      .then(() => this.#store?.write(writes) ?? true)
      .catch((error: unknown) => {
        // The words are still in the document and are sent; only this device cannot keep them.
        post({ type: "storage", ok: false, what: String(error) });
        this.#lostTrack = true;
        return false;
      })
      .then((isWritten) => {
        if (gone.length > 0 && isWritten && !this.#lostTrack) {
          this.step(() => {
            for (const [chapter, before] of gone) this.#core.wiped(chapter, before);
          });
        }
        if (stored.length === 0) return;
        const hashes = new Uint8Array(stored.length * 32);
        stored.forEach((hash, at) => {
          hashes.set(hash, at * 32);
        });
        this.step(() => {
          this.#core.stored(hashes);
        });
      });
  }
}

/** What is stored cannot be read now. It is asked again on the next connection. */
function unread(error: unknown): void {
  post({ type: "storage", ok: false, what: String(error) });
}

/** Deletes the text of a chapter as it was read; a page of this device that wrote it anew meanwhile lets go itself. */
function dropped(chapter: string, state: Uint8Array | undefined): Write[] {
  return [
    { kind: "expect", store: "state", key: [chapter], value: state },
    { kind: "delete", store: "state", key: rowsOf(chapter) },
    { kind: "delete", store: "tail", key: rowsOf(chapter) },
    { kind: "delete", store: "actors", key: rowsOf(chapter) },
  ];
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The writes of one storing effect. */
function rows(
  kind: string,
  chapter: string,
  a: unknown,
  b: unknown,
  outboxKey: (hash: string) => IDBValidKey | undefined,
): Write[] {
  switch (kind) {
    case "drop-outbox": {
      const key = outboxKey(hex(a as Uint8Array));
      return key === undefined ? [] : [{ kind: "delete", store: "outbox", key }];
    }
    case "store-tail":
      return [{ kind: "put", store: "tail", key: [chapter, a as number, crypto.randomUUID()], value: b as Uint8Array }];
    case "store-state":
      return [
        { kind: "put", store: "state", key: [chapter], value: b as Uint8Array },
        { kind: "delete", store: "tail", key: tailUpTo(chapter, (a as number) + 1) },
      ];
    case "store-anew":
      return [
        { kind: "put", store: "state", key: [chapter], value: a as Uint8Array },
        { kind: "delete", store: "tail", key: rowsOf(chapter) },
        // Actors in reserve belong to the generation that was.
        { kind: "delete", store: "actors", key: rowsOf(chapter) },
      ];
    case "store-actor":
      return [{ kind: "put", store: "actors", key: [chapter, a as number, b as Uint8Array<ArrayBuffer>], value: b as Uint8Array }];
    case "store-refused":
      return [{ kind: "put", store: "refused", key: [chapter, a as string], value: b as Uint8Array }];
    case "drop-refused":
      return [{ kind: "delete", store: "refused", key: [chapter, a as string] }];
    default:
      throw new Error(`unknown effect ${kind}`);
  }
}

async function start(): Promise<Runner> {
  const [, store] = await Promise.all([
    init({ module_or_path: wasmUrl }),
    Store.open().catch((error: unknown) => {
      post({ type: "storage", ok: false, what: String(error) });
      return undefined;
    }),
  ]);
  const device = (await store?.device()) ?? crypto.randomUUID();
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const runner = new Runner(new Core(device, crypto.randomUUID(), seed), store);
  runner.connect();
  return runner;
}

// Messages wait in their order until the core is there.
const runner = start();
runner.catch((error: unknown) => {
  post({ type: "crashed", what: String(error) });
});
self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  void runner.then((ready) => {
    ready.take(event.data);
  });
});
