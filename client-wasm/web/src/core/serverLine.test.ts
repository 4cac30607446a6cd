// When the worker connects, and when it stops believing in a connection. Time is the test's; sockets are noted, not opened.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ServerLine, type Socket } from "./serverLine.ts";

class Noted extends EventTarget {
  readyState = 0;
  closed = false;
  readonly sent: Uint8Array[] = [];

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  /** A browser says this only once the other side has answered. */
  closes(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(): void {
    this.readyState = 2;
    this.closed = true;
  }
}

const WAIT_MS = 5_000;

function line(who: () => "oneself" | "nobody" | "another" = () => "oneself") {
  const sockets: Noted[] = [];
  const told: string[] = [];
  const made = new ServerLine({
    open: () => {
      const socket = new Noted();
      sockets.push(socket);
      return socket as unknown as Socket;
    },
    isSomebodyElse: async () => who(),
    opened: () => told.push("opened"),
    received: () => told.push("received"),
    lost: () => {
      told.push("lost");
      return WAIT_MS;
    },
    probe: () => told.push("probe"),
  });
  return { line: made, sockets, told };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("between two attempts it waits, unless a window comes", async () => {
  const { line: one, sockets } = line();
  one.connect();
  sockets[0]?.closes();
  await vi.advanceTimersByTimeAsync(WAIT_MS / 2 - 1);
  expect(sockets).toHaveLength(1);
  one.atOnce();
  expect(sockets).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(WAIT_MS * 2 - OPEN_SPARE_MS);
  expect(sockets, "and the attempt that was waited for is not made besides").toHaveLength(2);
});

/** Stays before the end of an attempt that never opens. */
const OPEN_SPARE_MS = 1_000;

test("a connection that is given up is gone at once, however long the browser takes to close it", async () => {
  const { line: one, sockets, told } = line();
  one.connect();
  sockets[0]?.opens();
  one.drop();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(["opened", "lost"]);
  await vi.advanceTimersByTimeAsync(WAIT_MS * 1.5);
  expect(sockets).toHaveLength(2);
  sockets[0]?.closes();
  expect(told, "its end is no news").toEqual(["opened", "lost"]);
});

test("an attempt that never opens ends, and at once when it is not young and a window comes", async () => {
  const { line: one, sockets, told } = line();
  one.connect();
  one.atOnce();
  expect(sockets, "a young attempt goes on").toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  one.atOnce();
  await vi.advanceTimersByTimeAsync(0);
  expect([sockets.length, sockets[0]?.closed]).toEqual([2, true]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([sockets[1]?.closed, told]).toEqual([true, ["lost", "lost"]]);
});

test("an open connection is doubted when a window comes", () => {
  const { line: one, sockets, told } = line();
  one.connect();
  sockets[0]?.opens();
  one.atOnce();
  expect([told, sockets.length]).toEqual([["opened", "probe"], 1]);
});

test("while somebody else is signed in nothing is offered; back again, a window that comes connects at once", async () => {
  let who: "oneself" | "another" = "another";
  const { line: one, sockets } = line(() => who);
  one.doubtWho();
  one.connect();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sockets).toHaveLength(0);
  who = "oneself";
  one.atOnce();
  await vi.advanceTimersByTimeAsync(0);
  expect(sockets).toHaveLength(1);
});

test("a connection as nobody is given up for a window that comes, which is of who is signed in again", async () => {
  let who: "oneself" | "nobody" = "nobody";
  const { line: one, sockets, told } = line(() => who);
  one.doubtWho();
  one.connect();
  await vi.advanceTimersByTimeAsync(0);
  sockets[0]?.opens();
  who = "oneself";
  one.atOnce();
  await vi.advanceTimersByTimeAsync(0);
  expect([sockets.length, sockets[0]?.closed]).toEqual([2, true]);
  sockets[1]?.opens();
  one.atOnce();
  expect(told, "from then on it is one's own").toEqual(["opened", "lost", "opened", "probe"]);
});

test("who is refused or stopped does not connect", async () => {
  const { line: one, sockets } = line();
  one.refused(true);
  one.atOnce();
  expect(sockets).toHaveLength(0);
  one.refused(false);
  one.atOnce();
  expect(sockets).toHaveLength(1);
  one.stop();
  sockets[0]?.closes();
  await vi.advanceTimersByTimeAsync(WAIT_MS * 2);
  expect(sockets).toHaveLength(1);
});
