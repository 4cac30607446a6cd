// What a device notices: growth is growth, a shrunken or rewritten log is a fork, a restore says so.
import { expect, test } from "vitest";
import type { Sealed } from "../../core/proofCheck.ts";
import type { Remembered } from "../../core/proofMemory.ts";
import { compare, type Means } from "./device.ts";

const sealed = (size: number, root: string, origin = "log/1"): Sealed => ({ origin, size, root, note: `${size}`, keys: [], cosigned: [], required: 0, isMet: true });
const known = (size: number, root: string): Remembered => ({ seen: { origin: "log/1", size, root, note: `${size}`, at: "then" }, fork: null, before: null });

/** A server whose roots are "a" + size; whatever begins otherwise is another past. */
function means(signed: number): Means & { asked: [number, number][] } {
  const asked: [number, number][] = [];
  return {
    asked,
    ask: async (from, to) => {
      asked.push([from, to]);
      return to > signed ? null : [];
    },
    isGrowth: (earlier, later) => earlier.root[0] === later.root[0],
    now: () => "now",
  };
}

test("the first state is remembered as it is", async () => {
  const { outcome, next } = await compare(sealed(5, "a5"), null, means(5));
  expect([outcome.kind, next.seen.size, next.fork]).toEqual(["first", 5, null]);
});

test("a log that grew is asked about from what was seen, and remembered further", async () => {
  const server = means(9);
  const { outcome, next } = await compare(sealed(9, "a9"), known(5, "a5"), server);
  expect([outcome.kind, next.seen.size, server.asked]).toEqual(["grown", 9, [[5, 9]]]);
});

test("an older state than the one seen is no fork as long as the two go together", async () => {
  const server = means(9);
  const { outcome, next } = await compare(sealed(5, "a5"), known(9, "a9"), server);
  expect([outcome.kind, next.seen.size, server.asked]).toEqual(["grown", 9, [[5, 9]]]);
});

test("the same state asks nobody", async () => {
  const server = means(5);
  expect((await compare(sealed(5, "a5"), known(5, "a5"), server)).outcome.kind).toBe("grown");
  expect(server.asked).toEqual([]);
});

test("another root, another past or a log that shrank is a fork, and what was seen stays", async () => {
  for (const now of [sealed(5, "b5"), sealed(9, "b9")]) {
    const { outcome, next } = await compare(now, known(5, "a5"), means(9));
    expect([outcome.kind, next.seen.root, next.fork?.now.root]).toEqual(["forked", "a5", now.root]);
  }
  const shrunk = await compare(sealed(3, "a3"), known(5, "a5"), means(3));
  expect(shrunk.outcome.kind).toBe("forked");
});

test("a fork is over when the log goes on from what was seen again", async () => {
  const forked = (await compare(sealed(5, "b5"), known(5, "a5"), means(5))).next;
  const { outcome, next } = await compare(sealed(6, "a6"), forked, means(6));
  expect([outcome.kind, next.fork, next.seen.size]).toEqual(["grown", null, 6]);
});

test("a new life of the log that holds what was seen is growth; one that does not is a restore", async () => {
  const whole = await compare(sealed(9, "a9", "log/2"), known(5, "a5"), means(9));
  expect([whole.outcome.kind, whole.next.seen.origin]).toEqual(["grown", "log/2"]);
  const less = await compare(sealed(9, "b9", "log/2"), known(5, "a5"), means(9));
  expect([less.outcome.kind, less.next.before?.size, less.next.fork]).toEqual(["restored", 5, null]);
  expect([whole.next.lost, less.next.lost?.seen.root, less.next.lost?.now.root]).toEqual([null, "a5", "b9"]);
  const later = await compare(sealed(12, "b12", "log/2"), less.next, means(12));
  expect([later.outcome.kind, later.next.seen.size, later.next.before?.size]).toEqual(["restored", 12, 5]);
});

test("what a new life of the log lacks is told until the reader knows why, and the first loss first", async () => {
  const { next } = await compare(sealed(3, "b3", "log/2"), known(5, "a5"), means(9));
  const grown = await compare(sealed(9, "b9", "log/2"), next, means(9));
  expect([grown.next.lost?.seen.size, grown.next.lost?.now.size]).toEqual([5, 3]);
  const again = await compare(sealed(9, "c9", "log/3"), grown.next, means(9));
  expect([again.next.before?.root, again.next.lost?.now.root]).toEqual(["b9", "b3"]);
  const settled = await compare(sealed(12, "b12", "log/2"), { ...grown.next, lost: null }, means(12));
  expect([settled.outcome.kind, settled.next.lost]).toEqual(["restored", null]);
});

test("a server that does not answer leaves the memory alone", async () => {
  const silent: Means = { ...means(9), ask: () => Promise.reject(new Error("no answer")) };
  await expect(compare(sealed(9, "a9"), known(5, "a5"), silent)).rejects.toThrow("no answer");
});
