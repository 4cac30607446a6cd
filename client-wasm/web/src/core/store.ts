// What this device keeps, in IndexedDB: rows that the wasm core made and alone can read.
//
// Rows that belong together are written in one transaction with strict durability; a change of one's own is sent
// only after its transaction has completed.

const NAME = "schrijftafel";
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
  /** An actor taken out of the reserve, for this page alone. */
  readonly actor: Uint8Array | undefined;
  readonly actorsLeft: number;
}

/** One write. `expect`: nothing of its transaction is written unless this value still stands there. */
export type Write =
  | { readonly kind: "expect"; readonly store: StoreName; readonly key: IDBValidKey; readonly value: Uint8Array | undefined }
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

function areEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
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

/** The device's store. */
export class Store {
  readonly #db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.#db = db;
  }

  static async open(): Promise<Store> {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    return new Store(await done(request));
  }

  /** Every chapter of which something is stored. */
  async chapters(): Promise<string[]> {
    const stores = ["state", "tail", "outbox"] as const;
    const transaction = this.#db.transaction(stores, "readonly");
    const keys = await Promise.all(stores.map((store) => done(transaction.objectStore(store).getAllKeys())));
    const names = keys.flat().map((key) => (Array.isArray(key) ? String(key[0]) : ""));
    return [...new Set(names)].filter((name) => name !== "");
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

  /** Reads a chapter; `take` takes one actor out of its reserve. */
  async chapter(chapter: string, take: "take" | "leave"): Promise<KeptChapter> {
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
    if (take === "take" && taken !== undefined) {
      actor = (await done(actors.get(taken))) as Uint8Array;
      actors.delete(taken);
    }
    await completed(transaction);
    return {
      state: state[0],
      tail,
      outbox,
      outboxKeys: outboxKeys.map((key) => [Array.isArray(key) ? String(key[2]) : "", key] as const),
      refused,
      actor,
      actorsLeft: Math.max(0, actorKeys.length - 1),
    };
  }

  /** Writes in one transaction; resolves when it is on disk, with false when it was given up for an `expect`. */
  async write(writes: readonly Write[]): Promise<boolean> {
    if (writes.length === 0) return true;
    const stores = [...new Set(writes.map((write) => write.store))];
    const transaction = this.#db.transaction(stores, "readwrite", { durability: "strict" });
    for (const write of writes) {
      const store = transaction.objectStore(write.store);
      if (write.kind === "put") store.put(write.value, write.key);
      else if (write.kind === "delete") store.delete(write.key);
      else if (!areEqual((await done(store.get(write.key))) as Uint8Array | undefined, write.value)) {
        transaction.abort();
        return false;
      }
    }
    await completed(transaction);
    return true;
  }
}
