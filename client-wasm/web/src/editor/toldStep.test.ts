// What the core says stayed keeps its place, whatever lists and quotes it goes in or out of.
import type { Node } from "prosemirror-model";
import { TextSelection } from "prosemirror-state";
import { Transform } from "prosemirror-transform";
import { describe, expect, test } from "vitest";
import { stepsBetween } from "./differences.ts";
import type { CoreUpdate, PmJson } from "./port.ts";
import { schema } from "./schema.ts";
import { anyDocument, doc, editedAtRandom, paragraph, random } from "./testing.ts";
import { deskOf } from "./testingDesks.ts";
import { toldStep } from "./toldStep.ts";

function list(...lines: string[]): Node {
  return schema.node("bullet_list", null, lines.map((line) => schema.node("list_item", null, [paragraph(line)])));
}

function json(...nodes: Node[]): PmJson[] {
  return nodes.map((node) => node.toJSON() as PmJson);
}

/** The positions of letters and of text blocks. */
function units(of: Node): number[] {
  const found: number[] = [];
  of.descendants((node, pos) => {
    if (!node.isTextblock) return true;
    for (let at = pos; at <= pos + node.content.size; at += 1) found.push(at);
    return false;
  });
  return found;
}

test("every letter and block that stayed is where it was said to be, and the rest is as told", () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const next = random(seed);
    const before = anyDocument(next);
    const transform = new Transform(before);
    for (const step of stepsBetween(before, editedAtRandom(before, next))) transform.step(step);
    const after = transform.doc;
    const there = new Set(units(after));
    const stayed = new Map<number, number>();
    for (const pos of units(before)) {
      const { deletedAfter, pos: newPos } = transform.mapping.mapResult(pos, 1);
      if (!deletedAfter && there.has(newPos) && next() < 0.9) stayed.set(pos, newPos);
    }
    const step = toldStep({ doc: before, from: 0, to: before.childCount }, { doc: after, from: 0, to: after.childCount }, stayed);
    expect(step.apply(before).doc?.eq(after), `seed ${seed}`).toBe(true);
    const map = step.getMap();
    for (const [pos, newPos] of stayed) expect(map.mapResult(pos, 1), `seed ${seed}: ${pos}`).toMatchObject({ pos: newPos, deletedAfter: false });
  }
});

test("as many letters that came for others are others", () => {
  const [before, after] = [doc(paragraph("een stad hier")), doc(paragraph("een wijk hier"))];
  const stayed = new Map(units(before).filter((pos) => pos < 5 || pos > 8).map((pos) => [pos, pos]));
  const map = toldStep({ doc: before, from: 0, to: 1 }, { doc: after, from: 0, to: 1 }, stayed).getMap();
  expect(map.mapResult(6, 1)).toMatchObject({ deletedAfter: true });
  expect(map.map(5, -1)).toBe(5);
  expect(map.map(9, 1)).toBe(9);
});

describe("who types in a list of which another one deletes a part with the start of what follows", () => {
  const words = " es wim";
  const cuts = [...words].flatMap((_, sent) => [...words].flatMap((__, typed) => (sent > 0 && typed >= sent ? [[sent, typed]] : [])));
  test.each(cuts as [number, number][])("goes on behind the own last letter: %s under way, %s typed when it went", (sent, typed) => {
    const desk = deskOf({ edit: () => undefined, select: () => undefined }, []);
    const type = (letters: string) => [...letters].forEach((letter) => desk.dispatch(desk.state.tr.insertText(letter)));
    const tell = (base: number, told: Pick<CoreUpdate, "ranges" | "stayed" | "confirms">) => desk.onUpdate({ base, version: base + 1, ...told });
    const [kept, text, left] = ["overleg", "Het is klein", "klein"];
    desk.onDocument(0, json(list(kept, "mee", "plek"), paragraph(text)), false);
    const end = 3 + kept.length + 4 + "mee".length + 4 + "plek".length;
    desk.dispatch(desk.state.tr.setSelection(TextSelection.create(desk.state.doc, end)));
    type(words.slice(0, sent));
    desk.flush();
    type(words.slice(sent, typed));
    // From the start of "mee" to before "klein"; units are one for each block and letter.
    const start = 1 + kept.length + 1;
    const from = start + "mee".length + 1 + "plek".length + 1 + text.length - left.length;
    const ranges = [{ from: 0, to: 2, nodes: json(list(kept, left)) }];
    tell(0, { confirms: false, ranges, stayed: [[0, 0, start], [from, start, left.length]] });
    const mine = words.slice(0, sent);
    const runs: [number, number, number][] = [[0, 0, start], [start, start + sent, left.length]];
    tell(1, { confirms: true, ranges: [{ from: 0, to: 1, nodes: json(list(kept, mine + left)) }], stayed: runs });
    type(words.slice(typed));
    expect(desk.state.doc.eq(doc(list(kept, words + left))), String(desk.state.doc)).toBe(true);
  });
});

test("a cursor in a paragraph that another one joins to a list stays between its letters", () => {
  const before = doc(list("overleg", "mee"), paragraph("Het is klein"));
  const after = doc(list("overleg", "klein"));
  const told = { range: { from: 0, to: 2, nodes: json(...after.content.content) }, stayed: [[0, 0, 9], [20, 9, 5]] as [number, number, number][] };
  const steps = stepsBetween(before, after, told);
  const at = before.content.size - 1 - "ein".length;
  expect(steps.reduce((pos, step) => step.getMap().map(pos), at)).toBe(after.content.size - 3 - "ein".length);
});
