// A pasted link is understood however it was copied.
import { expect, test } from "vitest";
import { tokenIn, tokenOfAddress } from "./link.ts";

test("finds the token in a link, in a message around it, and by itself", () => {
  expect(tokenIn("http://127.0.0.1:8080/aanmelden#token=abc-DEF_1")).toBe("abc-DEF_1");
  expect(tokenIn("Beste Fatima, gebruik https://plan.example/aanmelden/abc.1 om te beginnen.")).toBe("abc.1");
  expect(tokenIn("  0123456789abcdef0123  ")).toBe("0123456789abcdef0123");
});

test("other text holds no token", () => {
  expect(tokenIn("")).toBeNull();
  expect(tokenIn("https://plan.example/plannen")).toBeNull();
  expect(tokenIn("Fatima")).toBeNull();
});

test("an address carries it in its path or behind the hash", () => {
  expect(tokenOfAddress("abc", "")).toBe("abc");
  expect(tokenOfAddress(undefined, "#token=abc")).toBe("abc");
  expect(tokenOfAddress(undefined, "#inhoud")).toBeNull();
});
