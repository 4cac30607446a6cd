// A late answer about who is signed in never undoes a sign-in.
import { expect, test } from "vitest";
import { LastWord } from "./lastWord.ts";

test("an answer counts when nothing happened meanwhile", () => {
  const word = new LastWord();
  expect(word.asked()()).toBe(true);
  expect(word.looked()()).toBe(true);
});

test("of two questions the answer to the last counts, in whichever order they come", () => {
  const word = new LastWord();
  const first = word.asked();
  const second = word.asked();
  expect(second()).toBe(true);
  expect(first()).toBe(false);
});

test("what was asked before somebody was signed in is out of date, also when it began after signing in began", () => {
  const word = new LastWord();
  const question = word.asked();
  const look = word.looked();
  word.settled();
  expect(question()).toBe(false);
  expect(look()).toBe(false);
  expect(word.asked()()).toBe(true);
});
