// The steps between two documents make the one of the other, and leave cursors elsewhere alone.
import type { Node } from "prosemirror-model";
import { Mapping, Transform } from "prosemirror-transform";
import { describe, expect, test } from "vitest";
import { changedRange, stepsBetween, withRanges } from "./differences.ts";
import { placeOf, positionOf } from "./places.ts";
import { anyDocument, doc, paragraph, random, editedAtRandom } from "./testing.ts";
import { safeHref, schema } from "./schema.ts";

function map(before: Node, after: Node, pos: number): number {
  return new Mapping(stepsBetween(before, after).map((step) => step.getMap())).map(pos);
}

/** The letters of nodes as the flat text counts them. */
function flat(nodes: readonly Node[]): string {
  let text = "";
  for (const top of nodes) {
    const block = (node: Node) => {
      if (node.isTextblock) text += `¶${node.textBetween(0, node.content.size, "", "\n")}`;
      else node.forEach(block);
    };
    block(top);
  }
  return text;
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

  test("steps say which of equal letters were typed or taken away, and in which of equal paragraphs", () => {
    const typed = new Transform(doc(paragraph("eerst"), paragraph("Sanne typt."))).insert(8, schema.text("Sanne typt door B. "));
    expect(changedRange(typed.before, typed.doc, typed.mapping.maps)).toMatchObject({ from: 1, to: 2, kept: { head: 1, tail: 11, whole: true } });
    const taken = new Transform(doc(paragraph("aas"))).delete(1, 2);
    expect(changedRange(taken.before, taken.doc, taken.mapping.maps)?.kept).toEqual({ head: 1, tail: 2, whole: true });
    const split = new Transform(doc(paragraph("zorg"), paragraph(""), paragraph(""))).split(7);
    const apart = new Transform(doc(paragraph("wijk en zorg"))).insert(13, schema.text("en")).insert(5, schema.text("en"));
    expect(changedRange(apart.before, apart.doc, apart.mapping.maps)?.kept).toEqual({ head: 5, tail: 0, whole: false });
    const over = new Transform(doc(paragraph("de zorgen nu"))).replaceWith(4, 10, schema.text("z")).insert(5, schema.text("orgverlener"));
    expect(changedRange(over.before, over.doc, over.mapping.maps)?.kept).toEqual({ head: 4, tail: 3, whole: true });
    expect(changedRange(split.before, split.doc, split.mapping.maps)).toMatchObject({ from: 1, to: 2, kept: { head: 1, tail: 0, whole: true } });
  });

  test("what is said to have stayed is the same in both documents", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const next = random(seed);
      const transform = new Transform(anyDocument(next));
      for (const step of stepsBetween(transform.doc, editedAtRandom(transform.doc, next))) transform.step(step);
      const range = changedRange(transform.before, transform.doc, transform.mapping.maps);
      if (range === null) continue;
      expect(withRanges(transform.before, [range]).eq(transform.doc), `seed ${seed}`).toBe(true);
      if (range.kept === undefined) continue;
      const [old, now] = [flat(transform.before.content.content.slice(range.from, range.to)), flat(range.nodes.map((node) => schema.nodeFromJSON(node)))];
      expect(now.slice(0, range.kept.head), `seed ${seed}`).toBe(old.slice(0, range.kept.head));
      expect(now.slice(now.length - range.kept.tail), `seed ${seed}`).toBe(old.slice(old.length - range.kept.tail));
    }
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
