// Which letters of a text block stay, when the block is told anew.
//
// Why it exists: when two others typed in one paragraph, between their words stand one's own cursor and the
// letters just typed; only what really differs may be replaced.
import type { Fragment, Mark } from "prosemirror-model";

/** A stretch of letters and what stands there instead, as offsets in the block. */
export interface LetterChange {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** So many letters are looked for before a stretch is replaced as a whole (the work grows with the square). */
const STEPS_MAX = 150;

/** The stretches in which the letters of two blocks differ, ascending. */
export function letterChanges(before: Fragment, after: Fragment): LetterChange[] {
  const [old, now] = [lettersOf(before), lettersOf(after)];
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shortest - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const middle = old.slice(head, old.length - tail);
  const newMiddle = now.slice(head, now.length - tail);
  return gaps(kept(middle, newMiddle), middle.length, newMiddle.length).map(([from, to, newFrom, newTo]) => ({
    from: place(old, head + from),
    to: place(old, head + to),
    newFrom: place(now, head + newFrom),
    newTo: place(now, head + newTo),
  }));
}

/** Every letter with its marks as one text; the letter stands in front. A break is a line feed. */
function lettersOf(fragment: Fragment): string[] {
  const letters: string[] = [];
  fragment.forEach((node) => {
    const marks = node.marks.map(markKey).join();
    for (const letter of node.isText ? (node.text ?? "") : "\n") letters.push(`${letter}${marks}`);
  });
  return letters;
}

function markKey(mark: Mark): string {
  return JSON.stringify(mark.toJSON());
}

/** UTF-16 units of the letter. */
function widthOf(letter: string): number {
  return (letter.codePointAt(0) ?? 0) > 0xffff ? 2 : 1;
}

/** The offset after so many letters. */
function place(row: readonly string[], count: number): number {
  return row.slice(0, count).reduce((sum, one) => sum + widthOf(one), 0);
}

type Pair = readonly [number, number];

/** Pairs of indexes of letters that stay (Myers 1986); none above the ceiling. */
function kept(old: readonly string[], now: readonly string[]): Pair[] {
  const trace: Map<number, number>[] = [];
  let furthest = new Map<number, number>([[1, 0]]);
  for (let steps = 0; steps <= Math.min(STEPS_MAX, old.length + now.length); steps += 1) {
    trace.push(furthest);
    const next = new Map(furthest);
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      let at = start(furthest, steps, diagonal);
      while (at < old.length && at - diagonal < now.length && old[at] === now[at - diagonal]) at += 1;
      next.set(diagonal, at);
      if (at >= old.length && at - diagonal >= now.length) return walkBack(trace, old.length, now.length);
    }
    furthest = next;
  }
  return [];
}

/** Whether a path comes to a diagonal by an insertion. */
function comesDown(furthest: Map<number, number>, steps: number, diagonal: number): boolean {
  if (diagonal === -steps) return true;
  return diagonal !== steps && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1);
}

function start(furthest: Map<number, number>, steps: number, diagonal: number): number {
  if (comesDown(furthest, steps, diagonal)) return furthest.get(diagonal + 1) ?? 0;
  return (furthest.get(diagonal - 1) ?? 0) + 1;
}

function walkBack(trace: readonly Map<number, number>[], oldEnd: number, newEnd: number): Pair[] {
  const pairs: Pair[] = [];
  let [old, now] = [oldEnd, newEnd];
  for (let steps = trace.length - 1; steps >= 0; steps -= 1) {
    const furthest = trace[steps] as Map<number, number>;
    const diagonal = old - now;
    const from = steps === 0 ? 0 : start(furthest, steps, diagonal);
    while (old > from) {
      old -= 1;
      now -= 1;
      pairs.push([old, now]);
    }
    if (steps === 0) break;
    if (comesDown(furthest, steps, diagonal)) now -= 1;
    else old -= 1;
  }
  return pairs.toReversed();
}

/** What lies between the pairs, as `[from, to, newFrom, newTo]`. */
function gaps(pairs: readonly Pair[], oldEnd: number, newEnd: number): [number, number, number, number][] {
  const found: [number, number, number, number][] = [];
  let [old, now] = [0, 0];
  for (const [pairOld, pairNew] of [...pairs, [oldEnd, newEnd] as const]) {
    if (pairOld > old || pairNew > now) found.push([old, pairOld, now, pairNew]);
    [old, now] = [pairOld + 1, pairNew + 1];
  }
  return found;
}
