// What is seen first of several messages about a text.
import { expect, test } from "vitest";
import { type Headline, inOrder } from "./headlines.ts";

const news = (text: string, at: number, more: Partial<Headline> = {}): Headline => ({ text, at, isRestore: false, needsLook: false, ...more });

test("a restore comes before the report after an absence, and what needs a look before what is newer", () => {
  const all = [news("oud", 1), news("nieuw", 4), news("kijk", 2, { needsLook: true }), news("teruggezet", 0, { isRestore: true }), news("net teruggezet", 3, { isRestore: true })];
  expect(inOrder(all).map(({ text }) => text)).toEqual(["net teruggezet", "teruggezet", "kijk", "nieuw", "oud"]);
});
