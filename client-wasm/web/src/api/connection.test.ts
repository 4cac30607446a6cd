// The connection: lost by an answer that is none, found again by asking, each told once.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection, KEPT_HEADER } from "./connection.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a lost connection is asked after until the server answers", async () => {
  const answers: (Response | null)[] = [null, new Response("", { headers: { [KEPT_HEADER]: "1" } }), new Response("", { status: 503 }), new Response("", { status: 401 })];
  let asked = 0;
  const connection = new Connection(async () => {
    const answer = answers[(asked += 1) - 1] ?? null;
    if (answer === null) throw new TypeError("Failed to fetch");
    return answer;
  });
  const heard: boolean[] = [];
  connection.subscribe(() => heard.push(connection.answers));
  connection.learn(null);
  connection.learn(null);
  expect(heard).toEqual([false]);
  await vi.advanceTimersByTimeAsync(1_999);
  expect(asked).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked, heard]).toEqual([4, [false, true]]);
});

test("a server that is busy is there; a proxy with nobody behind it is not", () => {
  const connection = new Connection(async () => new Response(""));
  connection.learn(new Response("{}", { status: 503, headers: { "Content-Type": "application/problem+json" } }));
  expect(connection.answers).toBe(true);
  connection.learn(new Response("<html>", { status: 503 }));
  expect(connection.answers).toBe(false);
});

test("any answer of the server ends the asking", async () => {
  let asked = 0;
  const connection = new Connection(async () => new Response("", { status: (asked += 1) > 0 ? 200 : 500 }));
  connection.learn(null);
  connection.learn(new Response("", { status: 404 }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked, connection.answers]).toEqual([0, true]);
});

test("of what this device kept it is known when the server gave it, until the server answers", () => {
  const connection = new Connection(async () => new Response(""));
  const kept = new Response("{}", { headers: { [KEPT_HEADER]: "1", Date: "Sun, 22 Nov 2026 10:00:00 GMT" } });
  connection.learn(kept);
  expect(connection.keptAt).toEqual(new Date("2026-11-22T10:00:00Z"));
  connection.learn(null);
  expect(connection.keptAt, "what is shown is still of then").toEqual(new Date("2026-11-22T10:00:00Z"));
  connection.learn(new Response("{}"));
  expect(connection.keptAt).toBeNull();
});
