// The steps between two documents make the one of the other, and leave cursors elsewhere alone.
import type { Node } from "prosemirror-model";
import { Mapping, Transform } from "prosemirror-transform";
import { describe, expect, test } from "vitest";
import { changedRange, stepsBetween, withRanges } from "./differences.ts";
import { placeOf, positionOf } from "./places.ts";
import { anyDocument, doc, paragraph, random, editedAtRandom } from "./testing.ts";
import { safeHref } from "./schema.ts";

function map(before: Node, after: Node, pos: number): number {
  return new Mapping(stepsBetween(before, after).map((step) => step.getMap())).map(pos);
}

describe("differences", () => {
  test("make the one document of the other, whatever they are", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const next = random(seed);
      const before = anyDocument(next);
      const after = seed % 2 === 0 ? anyDocument(next) : editedAtRandom(before, next);
      const transform = new Transform(before);
      for (const step of stepsBetween(before, after)) transform.step(step);
      expect(transform.doc.eq(after), `seed ${seed}: ${before} → ${after}, got ${transform.doc}`).toBe(true);
      const range = changedRange(before, after);
      const replayed = range === null ? before : withRanges(before, [range]);
      expect(replayed.eq(after), `seed ${seed}`).toBe(true);
    }
  });

  test("keep the cursor in the paragraph that another one splits or types in", () => {
    expect(map(doc(paragraph("HelloWorld")), doc(paragraph("Hello"), paragraph("World")), 3)).toBe(3);
    expect(map(doc(paragraph("ab"), paragraph("cd")), doc(paragraph("xab"), paragraph("cdy")), 6)).toBe(7);
    expect(map(doc(paragraph("aa")), doc(paragraph("aaa")), 1)).toBe(1);
  });

  test("half a surrogate pair does not leave the editor", () => {
    const range = changedRange(doc(paragraph("")), doc(paragraph("a\ud83d")));
    expect(range?.nodes[0]?.content?.[0]?.text).toBe("a\ufffd");
  });

  test("a range that is not there is refused", () => {
    expect(() => withRanges(doc(paragraph("a")), [{ from: 0, to: 2, nodes: [] }])).toThrow(RangeError);
    expect(() => withRanges(doc(paragraph("a")), [{ from: 0, to: 1, nodes: [] }])).toThrow(RangeError);
    expect(() => withRanges(doc(paragraph("a")), [{ from: 0, to: 1, nodes: [{ type: "table" }] }])).toThrow(RangeError);
  });
});

describe("places", () => {
  test("every place comes back from its position", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const some = anyDocument(random(seed));
      some.descendants((node, pos) => {
        if (!node.isTextblock) return true;
        for (const offset of [0, node.content.size]) {
          const place = placeOf(some, pos + 1 + offset);
          expect(positionOf(some, place)).toBe(pos + 1 + offset);
        }
        return false;
      });
      expect(placeOf(some, some.content.size).offset).toBeGreaterThanOrEqual(0);
      expect(positionOf(some, { block: 999, offset: 999 })).toBeLessThanOrEqual(some.content.size);
    }
  });
});

test("only addresses that are safe to click are links", () => {
  for (const good of ["https://flevoland.nl/x", "HTTP://x", "mailto:a@b.nl", "tel:+31320", "/plan/3", "#doel"]) {
    expect(safeHref(good)).toBe(good);
  }
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "//evil", "/\\evil", "java\nscript:x", "", "x.nl"]) {
    expect(safeHref(bad)).toBeNull();
  }
});
