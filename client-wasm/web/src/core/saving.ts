// Writing to the device's store, also when it does not take everything: what could not be written is tried again.
//
// Why it exists: a full disk may not lose words silently. Rows are written in their order, all or none; when they do
// not fit, one's own words are tried alone, and only when they do not fit either the device counts as full.
import { ownWords } from "./rows.ts";
import type { Store, Write } from "./store.ts";

/** How long to wait before trying again what did not fit. */
const AGAIN_MS = 5_000;

export class Saving {
  readonly #store: Store | undefined;
  #queue: Promise<boolean> = Promise.resolve(true);
  /** What is not written yet, in its order. */
  #backlog: Write[] = [];
  #isFull: boolean;
  #triedAt = 0;
  #tell: (isFull: boolean) => void = () => undefined;

  /** Without a store the device is full from the start. */
  constructor(store: Store | undefined) {
    this.#store = store;
    this.#isFull = store === undefined;
  }

  /** Calls `tell` whenever the device becomes full or has room again, and at once when it is full. */
  onFull(tell: (isFull: boolean) => void): void {
    this.#tell = tell;
    if (this.#isFull) queueMicrotask(() => tell(true));
  }

  /** What the store holds cannot be read: then it cannot be relied on to keep anything either. */
  cannotRead(): void {
    this.#full(true);
  }

  /** Writes after everything before it; resolves when that was tried, with whether all of it stands in the store. */
  save(writes: readonly Write[]): Promise<boolean> {
    this.#queue = this.#queue.then(async () => {
      this.#backlog.push(...writes);
      await this.#try();
      return this.#store !== undefined && this.#backlog.length === 0;
    });
    return this.#queue;
  }

  /** Resolves when everything given so far was tried, and whoever gave it has heard so. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  /** Tries what did not fit, now and then. */
  tryAgain(): void {
    if (this.#backlog.length > 0 && Date.now() - this.#triedAt > AGAIN_MS) void this.save([]);
  }

  async #try(): Promise<void> {
    if (this.#store === undefined) {
      this.#backlog = [];
      return;
    }
    this.#triedAt = Date.now();
    const all = this.#backlog;
    if (await written(this.#store, all)) {
      this.#backlog = [];
      this.#full(false);
    } else {
      this.#full(!(await written(this.#store, ownWords(all))));
    }
  }

  #full(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.#tell(isFull);
  }
}

function written(store: Store, writes: readonly Write[]): Promise<boolean> {
  return store.write(writes).then(
    () => true,
    () => false,
  );
}
