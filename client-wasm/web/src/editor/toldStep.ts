// The step from what one has to what the core told, when it said which letters and blocks stayed.
//
// Why it exists: a replacement of ProseMirror says of what it replaces that all of it went. Between a list and a paragraph no
// smaller one fits, and whoever types there would lose the place. This one puts in all that was told and says of each
// letter where it stands now.
import type { Node } from "prosemirror-model";
import { ReplaceStep, Step, StepMap, StepResult } from "prosemirror-transform";
import { startOf, type Stayed, type Stretch } from "./stayed.ts";

/** Puts the new stretch in the place of the old one; `stayed` ascends on both sides. */
export function toldStep(old: Stretch, now: Stretch, stayed: Stayed): Step {
  const [from, to, newFrom, newTo] = [startOf(old.doc, old.from), startOf(old.doc, old.to), startOf(now.doc, now.from), startOf(now.doc, now.to)];
  const ranges: number[] = [];
  let [at, newAt] = [from, newFrom];
  const ends = [...stayed, [to, newTo] as const].filter(([pos]) => pos >= from && pos <= to);
  for (const [pos, newPos] of ends.toSorted(([one], [other]) => one - other)) {
    const range = narrowed(old.doc, now.doc, [at, pos, newAt, newPos]);
    // Also where as many came as went.
    if (range[1] > 0 || range[2] > 0) ranges.push(...range);
    [at, newAt] = [pos + 1, newPos + 1];
  }
  return new ToldStep(new ReplaceStep(from, to, now.doc.slice(newFrom, newTo)), ranges);
}

/** What differs between two that stayed, without the ends of blocks that are the same: start, old size and new size. */
function narrowed(old: Node, now: Node, [from, to, newFrom, newTo]: readonly [number, number, number, number]): [number, number, number] {
  let [head, tail] = [0, 0];
  const most = Math.min(to - from, newTo - newFrom);
  while (head < most && isSame(bracketBehind(old, from + head), bracketBehind(now, newFrom + head))) head += 1;
  while (tail < most - head && isSame(bracketBefore(old, to - tail), bracketBefore(now, newTo - tail))) tail += 1;
  return [from + head, to - from - head - tail, newTo - newFrom - head - tail];
}

function isSame(one: string | null, other: string | null): boolean {
  return one !== null && one === other;
}

/** The start or end of a block behind a position; null: a letter is there. */
function bracketBehind(doc: Node, pos: number): string | null {
  const { nodeAfter } = doc.resolve(pos);
  if (nodeAfter === null) return "/";
  return nodeAfter.isInline ? null : opening(nodeAfter);
}

function bracketBefore(doc: Node, pos: number): string | null {
  const { nodeBefore, parent } = doc.resolve(pos);
  if (nodeBefore === null) return opening(parent);
  return nodeBefore.isInline ? null : "/";
}

function opening(node: Node): string {
  return JSON.stringify([node.type.name, node.attrs]);
}

class ToldStep extends Step {
  readonly #whole: ReplaceStep;
  readonly #ranges: readonly number[];

  constructor(whole: ReplaceStep, ranges: readonly number[]) {
    super();
    this.#whole = whole;
    this.#ranges = ranges;
  }

  override apply(doc: Node): StepResult {
    return this.#whole.apply(doc);
  }

  override getMap(): StepMap {
    return new StepMap(this.#ranges);
  }

  override invert(doc: Node): Step {
    return this.#whole.invert(doc);
  }

  /** Nobody moves what the core told. */
  override map(): null {
    return null;
  }

  override toJSON(): unknown {
    return this.#whole.toJSON();
  }
}
