// Asks axe whether a page keeps WCAG 2.2 A and AA, and whether it fits the width of a phone.
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails with every violation: its rule, what it means, and the first places it was found. */
export async function assertAccessible(page, name) {
  const { violations, passes } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  assert.ok(passes.length > 5, `axe looked at an empty page: ${name}`);
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.slice(0, 3).map((n) => n.target).join("\n    ")}`);
  assert.deepEqual(told, [], `axe on ${name}`);
}

/** Fails when one has to scroll sideways to read. */
export async function assertFitsWidth(page, name) {
  const { scrolled, width, widest } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("main *")].find((element) => element.getBoundingClientRect().right > width + 1);
    const scrolled = document.documentElement.scrollWidth;
    return { scrolled, width, widest: wide && `${wide.tagName}.${wide.className}` };
  });
  assert.ok(scrolled <= width, `${name} is ${scrolled} px wide on a screen of ${width} px (${widest ?? "no element stands out"})`);
}
