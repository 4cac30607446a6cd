// In a list Tab indents, and after Escape it leaves the text; every other key gives it its meaning back.
import { expect, test } from "vitest";
import type { Plugin } from "prosemirror-state";
import { leaving } from "./leaving.ts";

type Key = Pick<KeyboardEvent, "key" | "isComposing">;

/** Whether the plugin keeps the last of some keys from the editor. */
function keepsLast(...keys: readonly (string | Key)[]): boolean {
  const plugin = leaving();
  return keys.map((key) => told(plugin, "keydown", typeof key === "string" ? { key, isComposing: false } : key)).at(-1) === true;
}

function told(plugin: Plugin, name: "keydown" | "blur" | "mousedown", event: object): unknown {
  const handlers = plugin.props.handleDOMEvents as unknown as Record<string, (view: null, event: object) => unknown>;
  return handlers[name]?.(null, event);
}

test("Tab is the editor's until Escape was pressed", () => {
  expect(keepsLast("Tab")).toBe(false);
  expect(keepsLast("Escape", "Tab")).toBe(true);
  expect(keepsLast("Escape", "Shift", "Tab"), "backwards too").toBe(true);
});

test("any other key, a press with the mouse and another field end it", () => {
  expect(keepsLast("Escape", "a", "Tab")).toBe(false);
  expect(keepsLast("Escape", "ArrowDown", "Tab")).toBe(false);
  for (const name of ["blur", "mousedown"] as const) {
    const plugin = leaving();
    told(plugin, "keydown", { key: "Escape", isComposing: false });
    told(plugin, name, {});
    expect(told(plugin, "keydown", { key: "Tab", isComposing: false }), name).toBe(false);
  }
});

test("the Escape of an input method is not meant for the text", () => {
  expect(keepsLast({ key: "Escape", isComposing: true }, "Tab")).toBe(false);
});
