// The page that checks exports, put together.
import { expect, test } from "vitest";
import { filledPage } from "./verify-page.ts";

test("every blank is filled as it is, dollar signs too", () => {
  const page = filledPage("<style>__STYLE__</style><script>x = \"__WASM__\";</script><script>__SCRIPT__</script>", { STYLE: "a{}", WASM: "QQ==", SCRIPT: "f('$&')" });
  expect(page).toBe("<style>a{}</style><script>x = \"QQ==\";</script><script>f('$&')</script>");
});

test("a part that would end the page early is refused", () => {
  expect(() => filledPage("__SCRIPT__", { STYLE: "", WASM: "", SCRIPT: "'</script>'" })).toThrow("early");
});
