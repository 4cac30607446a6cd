// The steps from one document to another that leave everything else, and every cursor in it, where it is.
//
// Why it exists: the core says how top nodes look now. Replacing them whole would throw the cursor out of the
// paragraph one is typing in; so every block that still exists is found again, and in it only the letters that differ
// are replaced. Between such blocks what came or went is one replacement of its own. Where the core says which letters
// stayed, nothing is guessed: see `toldStep.ts`.
import { Fragment, type Node, Slice } from "prosemirror-model";
import { ReplaceAroundStep, ReplaceStep, type Step, type StepMap, Transform } from "prosemirror-transform";
import { blockGroups } from "./blocks.ts";
import { letterChanges } from "./letters.ts";
import { shifted } from "./likeness.ts";
import type { PmJson, TopRange } from "./port.ts";
import { type Own, stayedIn, type StayedRun, withOwn } from "./stayed.ts";
import { toldStep } from "./toldStep.ts";

/** A stretch of the old document and what stands there in the new one, as positions of both. */
interface Change {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** The stretch that the core told anew, and what stayed in it. */
export interface Told {
  readonly range: TopRange;
  readonly stayed: readonly StayedRun[];
  /** Steps that both documents hold, and the text before them that was told anew; none: it is the old one. */
  readonly own?: Own;
}

/** Steps that make `after` of `before`; `told` says what is known of the difference, if anything is. */
export function stepsBetween(before: Node, after: Node, told: Told | null = null): Step[] {
  if (before.eq(after)) return [];
  const known = told === null ? null : knownStep(before, after, told);
  if (known?.apply(before).doc?.eq(after) === true) return [known];
  for (const found of [changes, narrowed]) {
    const transform = new Transform(before);
    // From the end to the start: positions before a change stay what they were.
    for (const change of found(before.content, after.content, 0, 0).toReversed()) replace(transform, after, change);
    if (transform.doc.eq(after)) return transform.steps;
  }
  const whole = new Transform(before);
  whole.replace(0, before.content.size, new Slice(after.content, 0, 0));
  return whole.steps;
}

/** Documents on the way from `before` to `after`, from the end on, each at most so many blocks further; the last one is `after`. */
export function onTheWay(before: Node, after: Node, blocks: number): Node[] {
  const { head, tail } = commonEnds(before.content, after.content);
  const [old, now] = [before.content.content, after.content.content];
  const groups = blockGroups(old.slice(head, old.length - tail), now.slice(head, now.length - tail)).map((group) => shifted(group, head, head));
  const docs: Node[] = [];
  let changed = 0;
  for (const { from, to, newFrom, newTo } of groups.toReversed()) {
    const isEqual = to - from === 1 && newTo - newFrom === 1 && old[from]?.eq(now[newFrom] as Node);
    if (isEqual !== true) changed += Math.max(to - from, newTo - newFrom);
    if (changed < blocks || from === 0) continue;
    docs.push(before.copy(Fragment.fromArray([...old.slice(0, from), ...now.slice(newFrom)])));
    changed = 0;
  }
  return [...docs, after];
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
  const start = sizeOf(after.content.content.slice(0, ends.head));
  const stretch = Fragment.fromArray(changed);
  const until = (pos: number) => flatLength(stretch, Math.min(Math.max(pos - start, 0), stretch.size));
  return { ...range, kept: { head: until(touched.from), tail: flatLength(stretch, stretch.size) - until(touched.to), whole: touched.isWhole } };
}

interface Touched {
  readonly from: number;
  readonly to: number;
  /** And all that lies between. */
  readonly isWhole: boolean;
}

function movedBy(touched: Touched | null, map: StepMap): Touched | null {
  return touched === null ? null : { ...touched, from: map.map(touched.from, -1), to: map.map(touched.to, 1) };
}

/** From the first to the last position that steps touched, in the document they made; null if nothing moved. */
function touchedBy(maps: readonly StepMap[]): Touched | null {
  let touched: Touched | null = null;
  for (const map of maps) {
    touched = movedBy(touched, map);
    map.forEach((_oldStart, _oldEnd, from, to) => {
      const before = touched ?? { from, to, isWhole: true };
      const isWhole = before.isWhole && from <= before.to && to >= before.from;
      touched = { from: Math.min(before.from, from), to: Math.max(before.to, to), isWhole };
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
    const isKind = from === to && newFrom === newTo;
    const step = isKind ? kindStep(transform.doc, after, from, newFrom) : new ReplaceStep(from, to, after.slice(newFrom, newTo));
    const done = transform.maybeStep(step);
    if (done.failed === null) return;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  // Does not fit at these depths: the comparison at the end falls back to a coarser change.
}

/** Makes the text block at `from` of the kind that the one at `newFrom` is. */
function kindStep(doc: Node, after: Node, from: number, newFrom: number): Step {
  const [old, now] = [doc.nodeAt(from), after.nodeAt(newFrom)];
  if (old === null || now === null) throw new RangeError("no block is there");
  const to = from + old.nodeSize;
  return new ReplaceAroundStep(from, to, from + 1, to - 1, new Slice(Fragment.from(now.copy(Fragment.empty)), 0, 0), 1, true);
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

/** The step by what was told; null if that does not say enough. */
function knownStep(before: Node, after: Node, { range, stayed, own }: Told): Step | null {
  const told = { doc: own?.before ?? before, from: range.from, to: range.to };
  const toldNow = { doc: after, from: range.from, to: range.from + range.nodes.length };
  const known = stayedIn(told, toldNow, stayed);
  if (own === undefined) return toldStep(told, toldNow, known);
  const { head, tail } = commonEnds(before.content, after.content);
  const between = (doc: Node) => ({ doc, from: head, to: doc.childCount - tail });
  const [old, now] = [between(before), between(after)];
  const all = withOwn(old, now, { stretch: told, stayed: known }, own.mapping);
  return all === null ? null : toldStep(old, now, all);
}

function changes(before: Fragment, after: Fragment, at: number, newAt: number): Change[] {
  const { head, tail } = commonEnds(before, after);
  const middle = before.content.slice(head, before.childCount - tail);
  const newMiddle = after.content.slice(head, after.childCount - tail);
  const from = at + sizeOf(before.content.slice(0, head));
  const newFrom = newAt + sizeOf(after.content.slice(0, head));
  return inRows([middle, newMiddle], [from, newFrom]);
}

type Rows = readonly [readonly Node[], readonly Node[]];

/** Where the old and the new blocks start. */
type Starts = readonly [number, number];

function inRows([old, now]: Rows, starts: Starts): Change[] {
  let [from, newFrom] = starts;
  return blockGroups(old, now).flatMap((group) => {
    const rows = [old.slice(group.from, group.to), now.slice(group.newFrom, group.newTo)] as const;
    const found = inGroup(rows, group.isSame, [from, newFrom]);
    from += sizeOf(rows[0]);
    newFrom += sizeOf(rows[1]);
    return found;
  });
}

function inGroup([old, now]: Rows, isSame: boolean, [from, newFrom]: Starts): Change[] {
  const [one, other] = [old[0], now[0]];
  if (isSame && one !== undefined && other !== undefined) {
    const isSingle = old.length === 1 && now.length === 1;
    if (isSingle && one.eq(other)) return [];
    const isText = [...old, ...now].every((node) => node.isTextblock);
    if (isSingle && !isText && !one.isLeaf && one.sameMarkup(other)) return changes(one.content, other.content, from + 1, newFrom + 1);
    if (isText || (!isSingle && beginAndEndAlike(old, now))) return inLetters([old, now], [from, newFrom]);
  }
  return narrowed(Fragment.fromArray([...old]), Fragment.fromArray([...now]), from, newFrom);
}

/** Whether the first text of both is in the same kinds of blocks, and the last one as deep. */
function beginAndEndAlike(old: readonly Node[], now: readonly Node[]): boolean {
  let [one, other, end, newEnd] = [old[0], now[0], old.at(-1), now.at(-1)];
  while (one?.sameMarkup(other as Node) === true && !one.isTextblock) [one, other] = [one.firstChild ?? undefined, other?.firstChild ?? undefined];
  while (end?.isTextblock === false && newEnd?.isTextblock === false) [end, newEnd] = [end.lastChild ?? undefined, newEnd.lastChild ?? undefined];
  return one?.isTextblock === true && other !== undefined && one.sameMarkup(other) && end?.isTextblock === true && newEnd?.isTextblock === true;
}

function inLetters([old, now]: Rows, [from, newFrom]: Starts): Change[] {
  const letters = letterChanges(old, now).map((change) => ({
    from: from + change.from,
    to: from + change.to,
    newFrom: newFrom + change.newFrom,
    newTo: newFrom + change.newTo,
  }));
  // A change without letters tells the kind of the block there.
  return old[0]?.sameMarkup(now[0] as Node) === true ? letters : [{ from, to: from, newFrom, newTo: newFrom }, ...letters];
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

function sizeOf(nodes: readonly Node[]): number {
  return nodes.reduce((size, node) => size + node.nodeSize, 0);
}

/** Half a surrogate pair, which some input methods leave behind, is no text outside JavaScript. */
function wellFormed(node: PmJson): PmJson {
  if (node.text !== undefined) return { ...node, text: node.text.replace(/\p{Surrogate}/gu, "\ufffd") };
  return node.content === undefined ? node : { ...node, content: node.content.map(wellFormed) };
}
