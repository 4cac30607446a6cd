// What this device keeps, in IndexedDB: rows that the wasm core made and alone can read.
//
// Rows that belong together are written in one transaction with strict durability; a change of one's own is sent
// only after its transaction has completed. Every person has a store of their own, for each party they work for: who
// signs in after another on the same device gets neither their words nor their actors.

import type { Reunion } from "./client.ts";

/** The only store there was before each person had one. */
const OF_ALL = "schrijftafel";
const VERSION = 1;
const STORES = ["state", "tail", "outbox", "refused", "actors", "device"] as const;

/** What was kept of a chapter. */
export interface KeptChapter {
  readonly state: Uint8Array | undefined;
  readonly tail: Uint8Array[];
  readonly outbox: Uint8Array[];
  /** Under which key each change of the outbox stands, by its hash in hex. */
  readonly outboxKeys: readonly (readonly [string, IDBValidKey])[];
  readonly refused: Uint8Array[];
  /** An actor of the reserve, and its key. */
  readonly actor: Uint8Array | undefined;
  readonly actorKey: IDBValidKey | undefined;
  /** How many there are besides. */
  readonly actorsLeft: number;
}

/** One write. */
export type Write =
  | { readonly kind: "put"; readonly store: StoreName; readonly key: IDBValidKey; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly store: StoreName; readonly key: IDBValidKey | IDBKeyRange };

type StoreName = (typeof STORES)[number];

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => {
      resolve(request.result);
    });
    request.addEventListener("error", () => {
      reject(request.error ?? new Error("IndexedDB refused a request"));
    });
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => {
      resolve();
    });
    transaction.addEventListener("abort", () => {
      reject(transaction.error ?? new Error("IndexedDB gave a transaction up"));
    });
  });
}

/** Every row of a chapter: keys are `[chapter, …]`. */
export function rowsOf(chapter: string): IDBKeyRange {
  return IDBKeyRange.bound([chapter], [chapter, []]);
}

/** Tail rows that a snapshot up to revision `next` contains. */
export function tailUpTo(chapter: string, next: number): IDBKeyRange {
  return IDBKeyRange.bound([chapter, 0], [chapter, next]);
}

function database(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, VERSION);
  request.onupgradeneeded = () => {
    for (const store of STORES) request.result.createObjectStore(store);
  };
  return done(request);
}

/** The device's store. */
export class Store {
  readonly #db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.#db = db;
  }

  /** The store of a person for a party. */
  static async open(who: string): Promise<Store> {
    const store = new Store(await database(`${OF_ALL}-${who}`));
    await store.#adopt();
    return store;
  }

  /** Takes over what this device kept before each person had a store; it is of whoever is signed in first. */
  async #adopt(): Promise<void> {
    const all = typeof indexedDB.databases === "function" ? await indexedDB.databases() : [];
    if (!all.some(({ name }) => name === OF_ALL)) return;
    const before = await database(OF_ALL);
    const reading = before.transaction(STORES, "readonly");
    const rows = await Promise.all(
      STORES.map(async (name) => {
        const store = reading.objectStore(name);
        const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
        return keys.map((key, at) => ({ name, key, value: values[at] as unknown }));
      }),
    );
    const writing = this.#db.transaction(STORES, "readwrite", { durability: "strict" });
    for (const { name, key, value } of rows.flat()) writing.objectStore(name).put(value, key);
    await completed(writing);
    before.close();
    indexedDB.deleteDatabase(OF_ALL);
  }

  /** Chapters of which words wait here, for the server or for their author. */
  async chaptersWithWords(): Promise<string[]> {
    return this.#namesIn(["outbox", "refused"]);
  }

  async #namesIn(stores: readonly StoreName[]): Promise<string[]> {
    const transaction = this.#db.transaction(stores, "readonly");
    const keys = await Promise.all(stores.map((name) => done(transaction.objectStore(name).getAllKeys())));
    return [...new Set(keys.flat().map((key) => (Array.isArray(key) ? String(key[0]) : "")))];
  }

  /** Every chapter whose text is stored. */
  async chaptersWithText(): Promise<string[]> {
    return this.#namesIn(["state", "tail"]);
  }

  /** Reports that were not read yet. */
  async reunions(): Promise<readonly Reunion[]> {
    const transaction = this.#db.transaction("device", "readonly");
    return ((await done(transaction.objectStore("device").get("reunions"))) as readonly Reunion[] | undefined) ?? [];
  }

  async keepReunions(reunions: readonly Reunion[]): Promise<void> {
    const transaction = this.#db.transaction("device", "readwrite");
    transaction.objectStore("device").put(reunions, "reunions");
    await completed(transaction);
  }

  close(): void {
    this.#db.close();
  }

  /** This installation's id; made once. */
  async device(): Promise<string> {
    const transaction = this.#db.transaction("device", "readwrite", { durability: "strict" });
    const store = transaction.objectStore("device");
    const known: unknown = await done(store.get("id"));
    if (typeof known === "string") return known;
    const made = crypto.randomUUID();
    store.put(made, "id");
    await completed(transaction);
    return made;
  }

  /** Every chapter of which something is stored. */
  async chapters(): Promise<string[]> {
    return this.#namesIn(["state", "tail", "outbox", "refused"]);
  }

  /**
   * Reads a chapter, with one actor of its reserve. Whoever owns the store alone takes it out when it `writes`; else it
   * is taken out `now`. `never` leaves the reserve alone.
   */
  async chapter(chapter: string, takes: "writes" | "now" | "never"): Promise<KeptChapter> {
    const transaction = this.#db.transaction(["state", "tail", "outbox", "refused", "actors"], "readwrite", {
      durability: "strict",
    });
    const all = (store: StoreName): Promise<Uint8Array[]> =>
      done(transaction.objectStore(store).getAll(rowsOf(chapter)) as IDBRequest<Uint8Array[]>);
    const actors = transaction.objectStore("actors");
    const [state, tail, outbox, outboxKeys, refused, actorKeys] = await Promise.all([
      all("state"),
      all("tail"),
      all("outbox"),
      done(transaction.objectStore("outbox").getAllKeys(rowsOf(chapter))),
      all("refused"),
      done(actors.getAllKeys(rowsOf(chapter))),
    ]);
    const [taken] = actorKeys;
    let actor: Uint8Array | undefined;
    if (taken !== undefined && takes !== "never") {
      actor = (await done(actors.get(taken))) as Uint8Array;
      if (takes === "now") actors.delete(taken);
    }
    await completed(transaction);
    return {
      state: state[0],
      tail,
      outbox,
      outboxKeys: outboxKeys.map((key) => [Array.isArray(key) ? String(key[2]) : "", key] as const),
      refused,
      actor,
      actorKey: actor === undefined ? undefined : taken,
      actorsLeft: Math.max(0, actorKeys.length - 1),
    };
  }

  /** Writes in one transaction; resolves when it is on disk. */
  async write(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    const stores = [...new Set(writes.map((write) => write.store))];
    const transaction = this.#db.transaction(stores, "readwrite", { durability: "strict" });
    for (const write of writes) {
      const store = transaction.objectStore(write.store);
      if (write.kind === "put") store.put(write.value, write.key);
      else store.delete(write.key);
    }
    await completed(transaction);
  }
}
