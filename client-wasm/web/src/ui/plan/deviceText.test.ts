// Which of two texts is read without a connection, and how the device's own follows.
import { expect, test } from "vitest";
import type { PmJson } from "../../core/client.ts";
import { isNewest, replaced } from "./useDeviceText.ts";

const node = (text: string): PmJson => ({ type: "paragraph", content: [{ type: "text", text }] });
const at = (time: string) => ({ document: { type: "doc" as const }, at: Date.parse(time) });

test("top nodes are replaced one range after the other", () => {
  const after = replaced([node("a"), node("b"), node("c")], [{ from: 1, to: 2, nodes: [node("x"), node("y")] }, { from: 3, to: 4, nodes: [] }]);
  expect(after.map(({ content }) => content?.[0]?.text)).toEqual(["a", "x", "y"]);
});

test("the device's text is read unless a newer one was fetched", () => {
  expect(isNewest(at("2026-11-22T10:00:00Z"), "2026-11-22T10:00:02Z"), "the same change, recorded a moment later").toBe(true);
  expect(isNewest(at("2026-11-22T10:00:00Z"), "2026-11-22T11:00:00Z")).toBe(false);
  expect(isNewest(at("2026-11-22T12:00:00Z"), "2026-11-22T11:00:00Z"), "what was typed here and not sent").toBe(true);
  expect(isNewest({ ...at("2026-11-22T12:00:00Z"), at: null }, "2026-11-22T11:00:00Z")).toBe(false);
  expect(isNewest({ ...at("2026-11-22T12:00:00Z"), at: null }, null)).toBe(true);
});
