// The built worker is valid JavaScript that keeps the files of its build, and only answers meant to be kept.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { filled, isOnDemand, named } from "./service-worker.ts";

const template = readFileSync(new URL("service-worker.template.js", import.meta.url), "utf8");

test("both blanks are filled", () => {
  const code = filled(template, ["/assets/a.js", "/assets/b.wasm"], "abc");
  expect(code).not.toMatch(/__[A-Z]+__/);
  expect(code).toContain('["/","/assets/a.js","/assets/b.wasm"]');
  expect(() => new Function("self", "caches", code)).not.toThrow();
});

test("histories, exports and other origins' paths are not kept", () => {
  const source = /const KEPT = \/(.*)\/;/.exec(template)?.[1] ?? "";
  const kept = new RegExp(source);
  for (const path of ["session", "plans", "plans/1", "plans/1/commitments/2/changes", "plans/1/chapters/3/text"]) expect(kept.test(`/api/v1/${path}`)).toBe(true);
  for (const path of ["plans/1/events", "plans/1/event-export", "plans/1/chapters/3/history", "plans/1/chapters/3/differences"]) expect(kept.test(`/api/v1/${path}`)).toBe(false);
});

const asset = (from: string) => ({ type: "asset" as const, originalFileNames: [from] });

test("the core that checks proofs is not kept beforehand, the one that writes is", () => {
  expect(isOnDemand(asset("src/core/pkg-proof/client_wasm_bg.wasm"))).toBe(true);
  expect(isOnDemand(asset("src/core/pkg/client_wasm_bg.wasm"))).toBe(false);
});

test("the first page names its build", () => {
  const page = readFileSync(new URL("../index.html", import.meta.url), "utf8");
  expect(named(page, "abc")).toContain('<meta name="schrijftafel-build" content="abc" />');
});
