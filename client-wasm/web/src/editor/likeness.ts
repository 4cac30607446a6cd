// Which blocks of two rows are the same by the words in them.
//
// Why it exists: a block that others rewrote, split or joined has no text by which to find it, but most of its words. It
// belongs to the one it shares most with, in order; words that stand in one block only say most.
import type { Node } from "prosemirror-model";
import { wordsIn } from "./word.ts";

/** Blocks of the old row and what stands there in the new one, as indexes. */
export interface BlockGroup {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
  /** The new ones are the old ones: several where a block was split or blocks were joined. */
  readonly isSame: boolean;
}

/** An index of the old row and one of the new. */
export type Pair = readonly [number, number];

/** Word counts that may be compared between two anchors: some milliseconds. Beyond, far moves are not looked for, then none. */
const COMPARISONS_MAX = 100_000;

/** So far from where they would stand by number blocks are looked for at least, or not at all. */
const SLACK_MIN = 8;

/** A word of only one block weighs as many words that others have too. */
const RARE = 4;

/** Blocks are alike that share this part of the words of the shorter one. */
const ALIKE = 0.5;

/** Of a block that already has a partner, a second one has at least this part of the words. */
const PART = 0.25;

/** Of the words of a block that was split, or of joined ones, so many times may be found again; more is mere likeness. */
const FOUND_MAX = 1.25;

/** The same group in longer rows. */
export function shifted(group: BlockGroup, by: number, newBy: number): BlockGroup {
  return { ...group, from: group.from + by, to: group.to + by, newFrom: group.newFrom + newBy, newTo: group.newTo + newBy };
}

/** One block that is another one now. */
export function single(at: number, newAt: number): BlockGroup {
  return { from: at, to: at + 1, newFrom: newAt, newTo: newAt + 1, isSame: true };
}

/** The text of a block, what stands in different blocks parted. */
export function textOf(node: Node): string {
  return node.textBetween(0, node.content.size, "\n", "\n");
}

/** Of pairs that ascend on the old side, as many as ascend on the new one too. */
export function longestAscending(pairs: readonly Pair[]): Pair[] {
  interface Ascent {
    readonly pair: Pair;
    readonly before: Ascent | undefined;
  }
  // For each length the chain that ends lowest.
  const best: Ascent[] = [];
  for (const pair of pairs) {
    let [low, high] = [0, best.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((best[middle] as Ascent).pair[1] < pair[1]) low = middle + 1;
      else high = middle;
    }
    best[low] = { pair, before: best[low - 1] };
  }
  const found: Pair[] = [];
  for (let chain = best.at(-1); chain !== undefined; chain = chain.before) found.push(chain.pair);
  return found.toReversed();
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
export function byWords(old: readonly Node[], now: readonly Node[]): BlockGroup[] {
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
    if (sharedBy(bags[at] as Bag, newBags[newAt] as Bag).likeness >= ALIKE) pairs.set(at, newAt);
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
  const before = corner ?? NOTHING;
  if (shared.likeness >= ALIKE && before.score + shared.words > best.score) {
    const chain = { group: single(at, newAt), before: before.chain };
    best = { score: before.score + shared.words, chain, holds: BOTH, found: { old: shared.words, now: shared.words } };
  }
  for (const [cell, side] of [[left, "old"], [up, "now"]] as const) {
    if (cell?.chain == null || !cell.holds[side] || shared.likeness < PART) continue;
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
  return wordsIn(textOf(node));
}

interface Shared {
  /** The words that are in both, by weight; 1 for equal blocks without any. */
  readonly words: number;
  /** Which part of the shorter block that is. */
  readonly likeness: number;
  readonly old: number;
  readonly now: number;
}

function sharedBy(one: Bag, other: Bag): Shared {
  const about = { old: one.words, now: other.words };
  const mayBeSame = one.node.type === other.node.type || (one.node.isTextblock && other.node.isTextblock);
  if (!mayBeSame) return { ...about, words: 0, likeness: 0 };
  const [short, long] = one.counts.size < other.counts.size ? [one, other] : [other, one];
  let words = 0;
  for (const [word, count] of short.counts) words += Math.min(count, long.counts.get(word) ?? 0);
  if (words > 0) return { ...about, words, likeness: words / Math.min(one.words, other.words) };
  return one.node.eq(other.node) ? { ...about, words: 1, likeness: 1 } : { ...about, words, likeness: 0 };
}
