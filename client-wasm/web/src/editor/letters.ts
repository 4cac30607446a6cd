// Which letters of a text block stay, when the block is told anew; or of several, where blocks were split or joined.
//
// Why it exists: when two others typed in one paragraph, between their words stand one's own cursor and the
// letters just typed; only what really differs may be replaced. And only words that are the same stay: of a sentence in
// the place of another, letters and spaces that both happen to have would be taken for old ones, and taken back as such.
import type { Mark, Node } from "prosemirror-model";
import { isWord } from "./word.ts";

/** A stretch of letters and what stands there instead, as positions from where the first block starts. */
export interface LetterChange {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** So many words are looked for before a stretch is replaced as a whole (the work grows with the square). */
const STEPS_MAX = 150;

/**
 * The stretches in which the letters of blocks beside each other differ, ascending; between words wherever the texts leave
 * a choice. The kind of the first block, and of the first ones in it, is not looked at.
 */
export function letterChanges(before: readonly Node[], after: readonly Node[]): LetterChange[] {
  const [old, now] = [lettersOf(before), lettersOf(after)];
  const { head, tail } = wholeWords(old, now);
  const [oldWords, nowWords] = [wordsOf(old, head, old.length - tail), wordsOf(now, head, now.length - tail)];
  const pairs = keptUnits(oldWords.map((word) => word.text), nowWords.map((word) => word.text));
  const found = gaps(pairs, oldWords.length, nowWords.length).map(([from, to, newFrom, newTo]): Stretch => [
    oldWords[from]?.at ?? old.length - tail,
    oldWords[to]?.at ?? old.length - tail,
    nowWords[newFrom]?.at ?? now.length - tail,
    nowWords[newTo]?.at ?? now.length - tail,
  ]);
  const stretches = withoutStraySpaces(found.flatMap((stretch) => insideWord(old, now, stretch)), old);
  return behindWords(stretches, old).map(([from, to, newFrom, newTo]) => ({
    from: place(old, from),
    to: place(old, to),
    newFrom: place(now, newFrom),
    newTo: place(now, newTo),
  }));
}

/** Indexes of letters: from, to, from and to in the new text. */
type Stretch = readonly [number, number, number, number];

interface Word {
  readonly at: number;
  readonly text: string;
}

/** So many letters at both ends are the same and whole words in both: most of a block that somebody types in. */
function wholeWords(old: readonly string[], now: readonly string[]): { head: number; tail: number } {
  let { head } = commonEnds(old, now);
  while (head > 0 && (splits(old, head) || splits(now, head))) head -= 1;
  const shortest = Math.min(old.length, now.length) - head;
  let tail = 0;
  while (tail < shortest && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  while (tail > 0 && (splits(old, old.length - tail) || splits(now, now.length - tail))) tail -= 1;
  return { head, tail };
}

/** Whether a place in a row is within a word. */
function splits(row: readonly string[], at: number): boolean {
  return at > 0 && at < row.length && isWord(row[at - 1] as string) && isWord(row[at] as string);
}

/** The words of a stretch of letters; what is no part of a word stands alone. */
function wordsOf(row: readonly string[], first: number, end: number): Word[] {
  const words: Word[] = [];
  for (let at = first; at < end; ) {
    const from = at;
    at += 1;
    if (isWord(row[from] as string)) while (at < end && isWord(row[at] as string)) at += 1;
    words.push({ at: from, text: at === from + 1 ? (row[from] as string) : row.slice(from, at).join("\u0000") });
  }
  return words;
}

/** Pairs of indexes of words, or letters, that stay. */
function keptUnits(old: readonly string[], now: readonly string[]): Pair[] {
  const { head, tail } = commonEnds(old, now);
  const inner = kept(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  return [
    ...Array.from({ length: head }, (_, at): Pair => [at, at]),
    ...inner.map(([a, b]): Pair => [a + head, b + head]),
    ...Array.from({ length: tail }, (_, at): Pair => [old.length - tail + at, now.length - tail + at]),
  ];
}

function commonEnds(old: readonly string[], now: readonly string[]): { head: number; tail: number } {
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shortest - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  return { head, tail };
}

/**
 * Of a word and another version of it the letters that differ: all of the old one is in the new one, or the new one begins and
 * ends as the old one, or more than half of it is the same. Two words that only begin alike are two words, and "de" is none of
 * "ouderen".
 */
function insideWord(old: readonly string[], now: readonly string[], stretch: Stretch): Stretch[] {
  const [from, to, newFrom, newTo] = stretch;
  const [x, y] = [old.slice(from, to), now.slice(newFrom, newTo)];
  const same = keptUnits(x, y);
  const { head, tail } = commonEnds(x, y);
  const isVersion = same.length === x.length || head + tail === y.length || same.length * 2 > Math.max(x.length, y.length);
  if (!isVersion) return [stretch];
  return gaps(same, x.length, y.length).map(([a, b, newA, newB]): Stretch => [from + a, from + b, newFrom + newA, newFrom + newB]);
}

/** The stretches, those of letters in the place of others as one where only spaces and signs stay between them. */
function withoutStraySpaces(stretches: readonly Stretch[], old: readonly string[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    const last = joined.at(-1);
    const isOne = last !== undefined && replaces(last) && replaces(stretch) && !old.slice(last[1], stretch[0]).some(partsStretches);
    if (isOne) joined[joined.length - 1] = [last[0], stretch[1], last[2], stretch[3]];
    else joined.push(stretch);
  }
  return joined;
}

function partsStretches(letter: string): boolean {
  return isWord(letter) || isBorder(letter);
}

/** The stretches, those that only went with the space before them and not the one behind: whose cursor stands behind the word before stays there. */
function behindWords(stretches: readonly Stretch[], old: readonly string[]): Stretch[] {
  return stretches.map((stretch, index): Stretch => {
    const [from, to, newFrom, newTo] = stretch;
    const [, before] = stretches[index - 1] ?? [0, 0];
    const isSpace = old[from - 1] === old[to - 1] && old[from - 1]?.startsWith(" ") === true;
    const moves = newFrom === newTo && from > before && isSpace && isWord(old[from - 2] ?? "");
    return moves ? [from - 1, to - 1, newFrom - 1, newTo - 1] : stretch;
  });
}

function replaces([from, to, newFrom, newTo]: Stretch): boolean {
  return from < to && newFrom < newTo;
}

/** What no letter with its marks looks like; the number of positions it takes and what starts there follow. */
const BORDER = "\r\n";

function isBorder(letter: string): boolean {
  return letter.startsWith(BORDER);
}

/**
 * Every letter with its marks as one text; the letter stands in front. A break is a line feed. Before the letters of a text
 * block stands a border; the first one says nothing of the kind of the blocks it opens.
 */
function lettersOf(blocks: readonly Node[]): string[] {
  const letters: string[] = [];
  let tokens: string[] = [];
  const walk = (node: Node): void => {
    tokens.push(JSON.stringify([node.type.name, node.attrs]));
    if (node.isTextblock) {
      letters.push(letters.length === 0 ? `${BORDER}${tokens.length}` : `${BORDER}${tokens.length} ${tokens.join()}`);
      tokens = [];
      node.forEach((part) => {
        const marks = part.marks.map(markKey).join();
        for (const letter of part.isText ? (part.text ?? "") : "\n") letters.push(marks === "" ? letter : `${letter}${marks}`);
      });
    } else node.forEach(walk);
    tokens.push("/");
  };
  blocks.forEach(walk);
  return letters;
}

function markKey(mark: Mark): string {
  return JSON.stringify(mark.toJSON());
}

/** UTF-16 units of the letter; of a border, how many blocks end and start there. */
function widthOf(letter: string): number {
  if (isBorder(letter)) return Number.parseInt(letter.slice(BORDER.length), 10);
  return letter.length > 1 && (letter.codePointAt(0) ?? 0) > 0xffff ? 2 : 1;
}

/** The offset after so many letters. */
function place(row: readonly string[], count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at += 1) sum += widthOf(row[at] as string);
  return sum;
}

type Pair = readonly [number, number];

/** Pairs of indexes of what stays (Myers 1986); none above the ceiling. */
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
