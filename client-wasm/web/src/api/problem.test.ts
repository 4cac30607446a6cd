// A problem keeps its rule; an answer without problem details still gets a code that pages can translate.
import { expect, test } from "vitest";
import { ApiError, asApiError, errorOf } from "./problem.ts";

test("the code is the last part of the problem's type", () => {
  const error = errorOf(409, { type: "urn:schrijftafel:problem:chapter-frozen", title: "frozen", status: 409, detail: "reopen it first" });
  expect([error.code, error.status, error.message, error.passing]).toEqual(["chapter-frozen", 409, "reopen it first", false]);
});

test("a proxy's answer gets a code from its status", () => {
  expect(errorOf(502, undefined).code).toBe("server-trouble");
  expect(errorOf(413, "<html>").code).toBe("too-large");
});

test("no answer at all is worth trying again", () => {
  const error = asApiError(new TypeError("Failed to fetch"));
  expect(error).toBeInstanceOf(ApiError);
  expect([error.code, error.passing]).toEqual(["no-connection", true]);
});
