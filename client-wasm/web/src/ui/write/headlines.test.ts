// What is seen first of several messages about a text.
import { expect, test } from "vitest";
import { type Headline, inOrder, newestOf } from "./headlines.ts";

const news = (text: string, at: number, more: Partial<Headline> = {}): Headline => ({ text, at, isRestore: false, needsLook: false, ...more });

test("a restore comes before the report after an absence, and what needs a look before what is newer", () => {
  const all = [news("oud", 1), news("nieuw", 4), news("kijk", 2, { needsLook: true }), news("teruggezet", 0, { isRestore: true }), news("net teruggezet", 3, { isRestore: true })];
  expect(inOrder(all).map(({ text }) => text)).toEqual(["net teruggezet", "teruggezet", "kijk", "nieuw", "oud"]);
});

test("of many restores one is told: the newest, with how many came before it", () => {
  const many = Array.from({ length: 27 }, (_, position) => ({ position }));
  expect(newestOf(many)).toEqual({ newest: { position: 26 }, earlier: 26 });
  expect(newestOf(many.slice(0, 1))).toEqual({ newest: { position: 0 }, earlier: 0 });
  expect(newestOf([])).toBeNull();
});
