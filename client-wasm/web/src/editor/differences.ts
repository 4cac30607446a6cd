// The steps from one document to another that leave everything else, and every cursor in it, where it is.
//
// Why it exists: the core says how top nodes look now. Replacing them whole would throw the cursor out of the
// paragraph one is typing in; so the difference is narrowed to the letters that differ.
import { Fragment, type Node, Slice } from "prosemirror-model";
import { ReplaceStep, type Step, type StepMap, Transform } from "prosemirror-transform";
import { letterChanges } from "./letters.ts";
import type { PmJson, TopRange } from "./port.ts";

/** A stretch of the old document and what stands there in the new one, as positions of both. */
interface Change {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** Steps that make `after` of `before`. */
export function stepsBetween(before: Node, after: Node): Step[] {
  if (before.eq(after)) return [];
  const transform = new Transform(before);
  // From the end to the start: positions before a change stay what they were.
  for (const change of changes(before.content, after.content, 0, 0).toReversed()) replace(transform, after, change);
  if (transform.doc.eq(after)) return transform.steps;
  const whole = new Transform(before);
  whole.replace(0, before.content.size, new Slice(after.content, 0, 0));
  return whole.steps;
}

/**
 * The top nodes in which two documents differ, as the core wants them; null if they are equal. With the maps of the
 * steps from the one to the other, it also says what those left alone.
 */
export function changedRange(before: Node, after: Node, maps: readonly StepMap[] = []): TopRange | null {
  if (before.eq(after)) return null;
  const touched = touchedBy(maps);
  // Marks move nothing, so the maps do not know of them: what did not move must also look the same.
  const still = touched === null ? null : {
    head: wholeNodes(after.content.content, touched.from),
    tail: wholeNodes(after.content.content.toReversed(), after.content.size - touched.to),
  };
  const ends = commonEnds(before.content, after.content, still ?? undefined);
  const changed = after.content.content.slice(ends.head, after.childCount - ends.tail);
  const range = { from: ends.head, to: before.childCount - ends.tail, nodes: changed.map((node) => wellFormed(node.toJSON() as PmJson)) };
  if (touched === null) return range;
  const start = sizeOf(after.content, ends.head);
  const stretch = Fragment.fromArray(changed);
  const until = (pos: number) => flatLength(stretch, Math.min(Math.max(pos - start, 0), stretch.size));
  return { ...range, kept: { head: until(touched.from), tail: flatLength(stretch, stretch.size) - until(touched.to) } };
}

/** From the first to the last position that steps touched, in the document they made; null if nothing moved. */
function touchedBy(maps: readonly StepMap[]): { from: number; to: number } | null {
  let touched: { from: number; to: number } | null = null;
  for (const map of maps) {
    if (touched !== null) touched = { from: map.map(touched.from, -1), to: map.map(touched.to, 1) };
    map.forEach((_oldStart, _oldEnd, from, to) => {
      touched = touched === null ? { from, to } : { from: Math.min(touched.from, from), to: Math.max(touched.to, to) };
    });
  }
  return touched;
}

/** How many nodes, from the first, lie whole within `size`. */
function wholeNodes(nodes: readonly Node[], size: number): number {
  let [count, rest] = [0, size];
  for (const node of nodes) {
    rest -= node.nodeSize;
    if (rest < 0) break;
    count += 1;
  }
  return count;
}

/** The flat text before a position: letters, and one for the start of every text block before it. */
function flatLength(content: Fragment, pos: number): number {
  let length = 0;
  content.nodesBetween(0, content.size, (node, at) => {
    if (node.isTextblock && pos > at) length += 1 + Math.min(pos - at - 1, node.content.size);
    return !node.isTextblock;
  });
  return length;
}

/** A document with top nodes replaced. */
export function withRanges(doc: Node, ranges: readonly TopRange[]): Node {
  let children = [...doc.content.content];
  for (const { from, to, nodes } of ranges) {
    if (from > to || to > children.length) throw new RangeError(`top nodes ${from} to ${to} are not there`);
    const fresh = nodes.map((node) => doc.type.schema.nodeFromJSON(node));
    children = [...children.slice(0, from), ...fresh, ...children.slice(to)];
  }
  const made = doc.copy(Fragment.fromArray(children));
  made.check();
  return made;
}

function replace(transform: Transform, after: Node, { from, to, newFrom, newTo }: Change): void {
  try {
    const done = transform.maybeStep(new ReplaceStep(from, to, after.slice(newFrom, newTo)));
    if (done.failed === null) return;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  // Does not fit at these depths: the comparison at the end falls back to the whole document.
}

interface Ends {
  readonly head: number;
  readonly tail: number;
}

function commonEnds(before: Fragment, after: Fragment, most: Ends = { head: Infinity, tail: Infinity }): Ends {
  const shortest = Math.min(before.childCount, after.childCount);
  let head = 0;
  while (head < Math.min(shortest, most.head) && before.child(head).eq(after.child(head))) head += 1;
  let tail = 0;
  while (
    tail < Math.min(shortest - head, most.tail) &&
    before.child(before.childCount - 1 - tail).eq(after.child(after.childCount - 1 - tail))
  ) {
    tail += 1;
  }
  return { head, tail };
}

function changes(before: Fragment, after: Fragment, at: number, newAt: number): Change[] {
  const { head, tail } = commonEnds(before, after);
  const count = before.childCount - head - tail;
  const middle = before.content.slice(head, head + count);
  const newMiddle = after.content.slice(head, after.childCount - tail);
  const sameShape =
    newMiddle.length === count &&
    middle.every((node, index) => {
      const other = newMiddle[index];
      return other !== undefined && !node.isLeaf && node.sameMarkup(other);
    });
  if (!sameShape) return narrowed(before, after, at, newAt);
  let from = at + sizeOf(before, head);
  let newFrom = newAt + sizeOf(after, head);
  return middle.flatMap((node, index) => {
    const other = newMiddle[index] as Node;
    const found = node.eq(other) ? [] : inside(node, other, from + 1, newFrom + 1);
    from += node.nodeSize;
    newFrom += other.nodeSize;
    return found;
  });
}

function inside(before: Node, after: Node, at: number, newAt: number): Change[] {
  if (!before.isTextblock) return changes(before.content, after.content, at, newAt);
  return letterChanges(before.content, after.content).map(({ from, to, newFrom, newTo }) => ({
    from: at + from,
    to: at + to,
    newFrom: newAt + newFrom,
    newTo: newAt + newTo,
  }));
}

/** One change from the first difference to the last, however deep. */
function narrowed(before: Fragment, after: Fragment, at: number, newAt: number): Change[] {
  const start = before.findDiffStart(after);
  const ends = before.findDiffEnd(after);
  if (start === null || ends === null) return [];
  // Both ends may claim the same letters ("aa" to "aaa"): the start keeps them.
  const overlap = start - Math.min(ends.a, ends.b);
  const grown = Math.max(overlap, 0);
  const change = { from: at + start, to: at + ends.a + grown, newFrom: newAt + start, newTo: newAt + ends.b + grown };
  return [change];
}

function sizeOf(fragment: Fragment, count: number): number {
  return fragment.content.slice(0, count).reduce((size, node) => size + node.nodeSize, 0);
}

/** Half a surrogate pair, which some input methods leave behind, is no text outside JavaScript. */
function wellFormed(node: PmJson): PmJson {
  if (node.text !== undefined) return { ...node, text: node.text.replace(/\p{Surrogate}/gu, "\ufffd") };
  return node.content === undefined ? node : { ...node, content: node.content.map(wellFormed) };
}
