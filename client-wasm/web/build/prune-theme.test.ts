// Pruning keeps what a rule reaches, however indirectly, and nothing else of the theme.
import { expect, test } from "vitest";
import { withoutUnusedTokens } from "./prune-theme.ts";

test("a token used through another token stays", () => {
  const css = ".t{--utrecht-a:var(--basis-b);--basis-b:1px;--basis-c:2px}p{margin:var(--utrecht-a)}";
  expect(withoutUnusedTokens(css)).toBe(".t{--utrecht-a:var(--basis-b);--basis-b:1px;}p{margin:var(--utrecht-a)}");
});

test("a token named only as a fallback stays", () => {
  const css = ".t{--basis-b:1px}p{margin:var(--own, var(--basis-b))}";
  expect(withoutUnusedTokens(css)).toBe(css);
});

test("properties outside the theme are left alone", () => {
  const css = ".t{--own-a:1px}";
  expect(withoutUnusedTokens(css)).toBe(css);
});
