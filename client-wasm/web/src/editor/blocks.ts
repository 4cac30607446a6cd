// Which blocks of a row stay, when the row is told anew.
//
// Why it exists: others type in one paragraph and take away another one, in one update. A block that still exists, be it
// rewritten, split or joined, must be found again: one's own cursor stands in it. Blocks whose text is unique on both sides
// are anchors; between them a block belongs to the one it shares most of its words with, in order; what then has no
// partner is paired by kind.
import type { Node } from "prosemirror-model";

/** Blocks of the old row and what stands there in the new one, as indexes. */
export interface BlockGroup {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
  /** The new ones are the old ones: several where a block was split or blocks were joined. */
  readonly isSame: boolean;
}

/** Word counts that may be compared between two anchors: some milliseconds. Beyond, far moves are not looked for, then none. */
const COMPARISONS_MAX = 100_000;

/** So far from where they would stand by number blocks are looked for at least, or not at all. */
const SLACK_MIN = 8;

/** So many blocks without likeness are paired; more are other text, which is not compared letter by letter. */
const UNLIKE_MAX = 50;

/** A word of only one block weighs as many words that others have too. */
const RARE = 4;

/** Of the words of a block that was split, or of joined ones, so many times may be found again; more is mere likeness. */
const FOUND_MAX = 1.25;

/** All blocks of both rows in groups, ascending. */
export function blockGroups(old: readonly Node[], now: readonly Node[]): BlockGroup[] {
  const found: BlockGroup[] = [];
  let [from, newFrom] = [0, 0];
  for (const [to, newTo] of [...anchors(old, now), [old.length, now.length] as const]) {
    const between = alike(old.slice(from, to), now.slice(newFrom, newTo));
    found.push(...between.map((group) => shifted(group, from, newFrom)));
    if (to < old.length) found.push({ from: to, to: to + 1, newFrom: newTo, newTo: newTo + 1, isSame: true });
    [from, newFrom] = [to + 1, newTo + 1];
  }
  return found;
}

function shifted(group: BlockGroup, by: number, newBy: number): BlockGroup {
  return { ...group, from: group.from + by, to: group.to + by, newFrom: group.newFrom + newBy, newTo: group.newTo + newBy };
}

type Pair = readonly [number, number];

/** Pairs of blocks that say the same and stand once on both sides: most of those in one order. */
function anchors(old: readonly Node[], now: readonly Node[]): Pair[] {
  const places = onlyPlaces(now);
  const pairs: Pair[] = [];
  for (const [key, at] of onlyPlaces(old)) {
    const newAt = places.get(key);
    if (newAt !== undefined) pairs.push([at, newAt]);
  }
  return longestAscending(pairs);
}

/** Where blocks with text stand whose text no other block of their kind has, ascending. */
function onlyPlaces(row: readonly Node[]): Map<string, number> {
  const places = new Map<string, number | null>();
  row.forEach((node, at) => {
    if (node.textContent === "") return;
    const key = `${node.type.name} ${textOf(node)}`;
    places.set(key, places.has(key) ? null : at);
  });
  return new Map([...places].filter((entry): entry is [string, number] => entry[1] !== null));
}

/** Of pairs that ascend on the old side, as many as ascend on the new one too. */
function longestAscending(pairs: readonly Pair[]): Pair[] {
  interface Chain {
    readonly pair: Pair;
    readonly before: Chain | undefined;
  }
  // For each length the chain that ends lowest.
  const best: Chain[] = [];
  for (const pair of pairs) {
    let [low, high] = [0, best.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((best[middle] as Chain).pair[1] < pair[1]) low = middle + 1;
      else high = middle;
    }
    best[low] = { pair, before: best[low - 1] };
  }
  const found: Pair[] = [];
  for (let chain = best.at(-1); chain !== undefined; chain = chain.before) found.push(chain.pair);
  return found.toReversed();
}

/** Blocks between two anchors: equal ones at both ends, then by likeness, then by kind. */
function alike(old: readonly Node[], now: readonly Node[]): BlockGroup[] {
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && old[head]?.eq(now[head] as Node)) head += 1;
  let tail = 0;
  while (tail < shortest - head && old.at(-1 - tail)?.eq(now.at(-1 - tail) as Node)) tail += 1;
  const [end, newEnd] = [old.length - tail, now.length - tail];
  const groups: BlockGroup[] = Array.from({ length: head }, (_, at) => single(at, at));
  const [middle, newMiddle] = [old.slice(head, end), now.slice(head, newEnd)];
  let [from, newFrom] = [head, head];
  const likest = (isRestructured(middle, newMiddle) ? [] : byWords(middle, newMiddle)).map((group) => shifted(group, head, head));
  for (const group of likest) {
    groups.push(...byKind(old, now, { ...group, from, to: group.from, newFrom, newTo: group.newFrom }), group);
    [from, newFrom] = [group.to, group.newTo];
  }
  groups.push(...byKind(old, now, { from, to: end, newFrom, newTo: newEnd, isSame: false }));
  return [...groups, ...Array.from({ length: tail }, (_, at) => single(end + at, newEnd + at))];
}

function single(at: number, newAt: number): BlockGroup {
  return { from: at, to: at + 1, newFrom: newAt, newTo: newAt + 1, isSame: true };
}

/** Blocks without likeness: the next of the same kind is taken for the same, as long as there are some; the rest is other text. */
function byKind(old: readonly Node[], now: readonly Node[], rest: BlockGroup): BlockGroup[] {
  let { from, newFrom } = rest;
  if (isRestructured(old.slice(from, rest.to), now.slice(newFrom, rest.newTo))) return [{ ...rest, isSame: true }];
  const groups: BlockGroup[] = [];
  const until = rest.to - from > UNLIKE_MAX ? from : rest.to;
  while (from < until && newFrom < rest.newTo && isOfKind(old[from] as Node, now[newFrom] as Node)) {
    groups.push(single(from, newFrom));
    from += 1;
    newFrom += 1;
  }
  if (from < rest.to || newFrom < rest.newTo) groups.push({ ...rest, from, newFrom, isSame: false });
  return groups;
}

/** Whether only borders of blocks came or went, be it within words. */
function isRestructured(old: readonly Node[], now: readonly Node[]): boolean {
  if (old.length === now.length || old.length === 0 || now.length === 0) return false;
  const text = (row: readonly Node[]) => row.map((node) => node.textContent).join("");
  return text(old) !== "" && text(old) === text(now);
}

function isOfKind(one: Node, other: Node): boolean {
  return !one.isLeaf && one.sameMarkup(other);
}

/** How well the rows up to a pair of blocks go together. */
interface Cell {
  readonly score: number;
  /** The groups so far, the last of them open: its next block may go on in it. */
  readonly chain: Chain | null;
  /** Whether the old, or the new, block of this cell is in the last group, so that its next partner goes on in it. */
  readonly holds: { readonly old: boolean; readonly now: boolean };
  /** So many words of the old, and of the new, block of this cell were found again. */
  readonly found: { readonly old: number; readonly now: number };
}

interface Chain {
  readonly group: BlockGroup;
  readonly before: Chain | null;
}

const [BOTH, NEITHER] = [{ old: true, now: true }, { old: false, now: false }];
const NOTHING: Cell = { score: 0, chain: null, holds: NEITHER, found: { old: 0, now: 0 } };

/** Blocks that belong together by their words. In rows too long to compare all with all, words that stand once lead. */
function byWords(old: readonly Node[], now: readonly Node[]): BlockGroup[] {
  const common = new Set([...commonWords(old), ...commonWords(now)]);
  const [bags, newBags] = [bagsOf(old, common), bagsOf(now, common)];
  const direct = likeness(bags, newBags);
  if (direct !== null) return direct;
  const groups: BlockGroup[] = [];
  let [from, newFrom] = [0, 0];
  for (const [to, newTo] of [...byRareWords(bags, newBags), [old.length, now.length] as const]) {
    const between = likeness(bags.slice(from, to), newBags.slice(newFrom, newTo)) ?? [];
    for (const group of between) groups.push(shifted(group, from, newFrom));
    if (to < old.length) groups.push(single(to, newTo));
    [from, newFrom] = [to + 1, newTo + 1];
  }
  return groups;
}

/** Pairs of alike blocks with a word that no other block has: most of those in one order. */
function byRareWords(bags: readonly Bag[], newBags: readonly Bag[]): Pair[] {
  const places = onlyBlocks(newBags);
  const pairs = new Map<number, number>();
  for (const [word, at] of onlyBlocks(bags)) {
    const newAt = places.get(word);
    if (newAt === undefined || pairs.has(at)) continue;
    if (sharedBy(bags[at] as Bag, newBags[newAt] as Bag).words > 0) pairs.set(at, newAt);
  }
  return longestAscending([...pairs].toSorted(([one], [other]) => one - other));
}

function onlyBlocks(bags: readonly Bag[]): Map<string, number> {
  const places = new Map<string, number | null>();
  bags.forEach((bag, at) => {
    for (const word of bag.counts.keys()) places.set(word, places.has(word) ? null : at);
  });
  return new Map([...places].filter((entry): entry is [string, number] => entry[1] !== null));
}

/** The groups of blocks that share most words, in order; null if that is too much work. */
function likeness(bags: readonly Bag[], newBags: readonly Bag[]): BlockGroup[] | null {
  if (bags.length === 0 || newBags.length === 0) return [];
  const band = bandOf(bags, newBags);
  if (band === null) return null;
  let above = new Map<number, Cell>();
  let last = NOTHING;
  bags.forEach((bag, at) => {
    const row = new Map<number, Cell>();
    for (let newAt = Math.max(0, at + band.low); newAt <= Math.min(newBags.length - 1, at + band.high); newAt += 1) {
      const around = { up: above.get(newAt), left: row.get(newAt - 1), corner: above.get(newAt - 1) };
      row.set(newAt, better(around, sharedBy(bag, newBags[newAt] as Bag), [at, newAt]));
    }
    last = row.get(newBags.length - 1) ?? last;
    above = row;
  });
  const groups: BlockGroup[] = [];
  for (let { chain } = last; chain !== null; chain = chain.before) groups.push(chain.group);
  return groups.toReversed();
}

/** How far the pairs looked at may lie from each other; null if that is too much work. */
function bandOf(bags: readonly Bag[], newBags: readonly Bag[]): { low: number; high: number } | null {
  const different = newBags.length - bags.length;
  // A pair costs its words, and something of its own.
  const words = [...bags, ...newBags].reduce((sum, bag) => sum + bag.counts.size + 4, 0) / (bags.length + newBags.length);
  const slack = Math.floor((COMPARISONS_MAX / words / bags.length - Math.abs(different) - 1) / 2);
  // A narrow band would take the nearest for the likest.
  if (slack < SLACK_MIN) return null;
  return { low: Math.min(0, different) - slack, high: Math.max(0, different) + slack };
}

interface Around {
  readonly up: Cell | undefined;
  readonly left: Cell | undefined;
  readonly corner: Cell | undefined;
}

function better({ up, left, corner }: Around, shared: Shared, [at, newAt]: Pair): Cell {
  let best = skipped(up ?? NOTHING, left ?? NOTHING);
  if (shared.words === 0) return best;
  const before = corner ?? NOTHING;
  if (before.score + shared.words > best.score) {
    const chain = { group: single(at, newAt), before: before.chain };
    best = { score: before.score + shared.words, chain, holds: BOTH, found: { old: shared.words, now: shared.words } };
  }
  for (const [cell, side] of [[left, "old"], [up, "now"]] as const) {
    if (cell?.chain == null || !cell.holds[side]) continue;
    const found = { old: shared.words, now: shared.words, [side]: cell.found[side] + shared.words };
    if (cell.score + shared.words <= best.score || found[side] > shared[side] * FOUND_MAX) continue;
    const group = { ...cell.chain.group, to: at + 1, newTo: newAt + 1 };
    best = { score: cell.score + shared.words, chain: { group, before: cell.chain.before }, holds: BOTH, found };
  }
  return best;
}

/** The better way to a cell whose blocks are no pair. */
function skipped(up: Cell, left: Cell): Cell {
  if (up.score > left.score || (up.score === left.score && up.holds.now)) return { ...up, holds: { old: false, now: up.holds.now } };
  return { ...left, holds: { old: left.holds.old, now: false } };
}

/** What a block has of every word, by weight. */
interface Bag {
  readonly node: Node;
  readonly counts: ReadonlyMap<string, number>;
  readonly words: number;
}

/** The bags of a row. A word in several blocks says less about which one it is. */
function bagsOf(row: readonly Node[], common: ReadonlySet<string>): Bag[] {
  return row.map((node) => {
    const counts = new Map<string, number>();
    let words = 0;
    for (const word of wordsOf(node)) {
      const weight = common.has(word) ? 1 : RARE;
      counts.set(word, (counts.get(word) ?? 0) + weight);
      words += weight;
    }
    return { node, counts, words };
  });
}

/** Words of more than one block of a row. */
function commonWords(row: readonly Node[]): Set<string> {
  const [seen, common] = [new Set<string>(), new Set<string>()];
  for (const node of row) {
    for (const word of new Set(wordsOf(node))) (seen.has(word) ? common : seen).add(word);
  }
  return common;
}

function wordsOf(node: Node): readonly string[] {
  return textOf(node).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

interface Shared {
  /** So many words are in both; 0 if the blocks are not alike. */
  readonly words: number;
  readonly old: number;
  readonly now: number;
}

/** Blocks are alike that are equal, or of which the shorter one has half of its words or more in the other. */
function sharedBy(one: Bag, other: Bag): Shared {
  const isText = one.node.isTextblock && other.node.isTextblock;
  const about = { old: one.words, now: other.words };
  if (!isText && one.node.type !== other.node.type) return { ...about, words: 0 };
  const [short, long] = one.counts.size < other.counts.size ? [one, other] : [other, one];
  let words = 0;
  for (const [word, count] of short.counts) words += Math.min(count, long.counts.get(word) ?? 0);
  if (words > 0 && words * 2 >= Math.min(one.words, other.words)) return { ...about, words };
  return { ...about, words: one.node.eq(other.node) ? 1 : 0 };
}

/** The text of a block, what stands in different blocks parted. */
function textOf(node: Node): string {
  return node.textBetween(0, node.content.size, "\n", "\n");
}
