// Who was typing when a text became read-only does not scroll it away with the keys that follow.
import { expect, test } from "vitest";
import { type Key, TypedOn } from "./typedOn.ts";

const key = (name: string, timeStamp: number, held: Partial<Key> = {}): Key => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, timeStamp, ...held });

/** A text that became read-only at 1000. */
function ended(): TypedOn {
  const typedOn = new TypedOn();
  typedOn.begin(1_000);
  return typedOn;
}

test("keys of a text that nobody typed in do what they do on any page", () => {
  expect(new TypedOn().holds(key(" ", 1_000))).toBe(false);
});

test("what is typed on does nothing, however long one thought; a shortcut still does", () => {
  const typedOn = ended();
  expect(["e", " ", "End", "Home", " "].map((name, index) => typedOn.holds(key(name, 1_100 + 60_000 * index)))).toEqual([true, true, true, true, true]);
  expect([typedOn.holds(key("c", 2_000, { ctrlKey: true })), typedOn.holds(key("Tab", 2_000)), typedOn.holds(key("F5", 2_000))]).toEqual([false, false, false]);
});

test("keys that move the caret do nothing in the flow of typing, and scroll for who reads on after a pause", () => {
  const typedOn = ended();
  expect([1_500, 2_400, 3_300].map((at) => typedOn.holds(key("ArrowDown", at)))).toEqual([true, true, true]);
  expect([4_400, 9_000].map((at) => typedOn.holds(key("PageDown", at)))).toEqual([false, false]);
});

test("who pointed at something, or may write again, is not typing on", () => {
  const typedOn = ended();
  typedOn.end();
  expect(typedOn.holds(key(" ", 1_100))).toBe(false);
});
