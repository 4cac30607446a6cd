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

test("an icon in a value is taken out whole", () => {
  const css = `.t{--utrecht-icon:url("data:image/svg+xml;utf8,<svg xmlns='x'>{}</svg>");--basis-b:1px}p{margin:var(--basis-b)}`;
  expect(withoutUnusedTokens(css)).toBe(".t{--basis-b:1px}p{margin:var(--basis-b)}");
});

test("properties outside the theme are left alone", () => {
  const css = ".t{--own-a:1px}";
  expect(withoutUnusedTokens(css)).toBe(css);
});
