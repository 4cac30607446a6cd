// Which blocks of a row stay, when the row is told anew.
//
// Why it exists: others type in one paragraph and take away another one, in one update. A block that still exists, be it
// rewritten, split or joined, must be found again: one's own cursor stands in it. Blocks whose text is unique on both sides
// are anchors; between them a block belongs to the one it shares most of its words with, in order; what then has no
// partner is paired by kind.
import type { Node } from "prosemirror-model";
import { type BlockGroup, byWords, longestAscending, type Pair, shifted, single, textOf } from "./likeness.ts";

/** So many blocks without likeness are paired; more are other text, which is not compared letter by letter. */
const UNLIKE_MAX = 50;

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
    const text = textOf(node);
    if (text.trim() === "") return;
    const key = `${node.type.name} ${text}`;
    places.set(key, places.has(key) ? null : at);
  });
  return new Map([...places].filter((entry): entry is [string, number] => entry[1] !== null));
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
  const likest = needWords(middle, newMiddle) ? byWords(middle, newMiddle).map((group) => shifted(group, head, head)) : [];
  for (const group of likest) {
    groups.push(...byKind(old, now, { ...group, from, to: group.from, newFrom, newTo: group.newFrom }), group);
    [from, newFrom] = [group.to, group.newTo];
  }
  groups.push(...byKind(old, now, { from, to: end, newFrom, newTo: newEnd, isSame: false }));
  return [...groups, ...Array.from({ length: tail }, (_, at) => single(end + at, newEnd + at))];
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

/** Whether kind and order alone do not say which block is which. */
function needWords(old: readonly Node[], now: readonly Node[]): boolean {
  const isPair = old.length === 1 && now.length === 1 && isOfKind(old[0] as Node, now[0] as Node);
  return !isPair && !isRestructured(old, now);
}

/** Whether only borders of blocks came or went, be it within words. */
function isRestructured(old: readonly Node[], now: readonly Node[]): boolean {
  if (old.length === now.length || old.length === 0 || now.length === 0) return false;
  return [...old, ...now].every((node) => node.textContent !== "") && lettersOf(old) === lettersOf(now);
}

function lettersOf(row: readonly Node[]): string {
  return row.map((node) => node.textContent).join("");
}

function isOfKind(one: Node, other: Node): boolean {
  return !one.isLeaf && one.sameMarkup(other);
}
