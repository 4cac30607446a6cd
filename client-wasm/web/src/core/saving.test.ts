// A store that does not take everything: order is kept, own words are tried alone, and nothing is given up.
import { expect, test } from "vitest";
import { Saving } from "./saving.ts";
import type { Store, Write } from "./store.ts";

const word = (key: string): Write => ({ kind: "put", store: "outbox", key, value: new Uint8Array(1) });
const text = (key: string): Write => ({ kind: "put", store: "state", key, value: new Uint8Array(100) });

/** A store that takes at most so many bytes at a time. */
class Small {
  bytesMax = Infinity;
  readonly taken: string[][] = [];

  write(writes: readonly Write[]): Promise<void> {
    const bytes = writes.reduce((sum, write) => sum + (write.kind === "put" ? write.value.length : 0), 0);
    if (bytes > this.bytesMax) return Promise.reject(new Error("QuotaExceededError"));
    if (writes.length > 0) this.taken.push(writes.map(({ key }) => String(key)));
    return Promise.resolve();
  }
}

function saving() {
  const store = new Small();
  const told: boolean[] = [];
  const made = new Saving(store as unknown as Store);
  made.onFull((isFull) => told.push(isFull));
  return { store, told, saving: made };
}

test("what does not fit waits, own words go alone, and the device is not full while they fit", async () => {
  const { store, told, saving: made } = saving();
  store.bytesMax = 10;
  await made.save([text("snapshot"), word("first")]);
  expect(store.taken).toEqual([["first"]]);
  expect(told).toEqual([]);
  store.bytesMax = Infinity;
  await made.save([word("second")]);
  expect(store.taken.at(-1)).toEqual(["snapshot", "first", "second"]);
});

test("a store that takes nothing is full until everything that waited is in it", async () => {
  const { store, told, saving: made } = saving();
  store.bytesMax = 0;
  await made.save([word("first")]);
  await made.save([word("second")]);
  expect(told).toEqual([true]);
  store.bytesMax = Infinity;
  await made.save([]);
  expect(told).toEqual([true, false]);
  expect(store.taken.at(-1)).toEqual(["first", "second"]);
});

test("without a store the device is full from the start", async () => {
  const told: boolean[] = [];
  const made = new Saving(undefined);
  made.onFull((isFull) => told.push(isFull));
  await made.save([word("first")]);
  expect(told).toEqual([true]);
});
