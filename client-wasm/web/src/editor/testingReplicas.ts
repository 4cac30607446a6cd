// Desks that each have a core with a document of its own, for tests: letters with an identity, merged as the changes are.
//
// Why it exists: in which order two people's letters end up is decided by what each letter was put behind, and a desk learns
// of it by stretches that stayed. One text that an authority holds (`testingDesks.ts`) has neither. Paragraphs only.
import type { Node } from "prosemirror-model";
import { TextSelection } from "prosemirror-state";
import { changedRange } from "./differences.ts";
import type { CoreUpdate, PmJson, TextCore, TopRange } from "./port.ts";
import { schema } from "./schema.ts";
import { startOf } from "./stayed.ts";
import { doc, paragraph } from "./testing.ts";
import { deskOf } from "./testingDesks.ts";
import type { TextDesk } from "./textDesk.ts";

/** A letter, or the start of a paragraph: "\n". */
interface Unit {
  readonly count: number;
  readonly author: string;
  readonly letter: string;
}

interface Change {
  readonly from: ReplicaSeat;
  readonly inserted: readonly { readonly unit: Unit; readonly behind: Unit }[];
  readonly deleted: readonly Unit[];
}

/** Where changes get their order. */
export class Room {
  readonly seats: ReplicaSeat[] = [];
  readonly first: readonly Unit[];

  constructor(...lines: string[]) {
    const letters = [...lines.map((line) => `\n${line}`).join("")];
    this.first = letters.map((letter, count) => ({ count, author: "", letter }));
  }

  seat(author: string): ReplicaSeat {
    const seat = new ReplicaSeat(this, author);
    this.seats.push(seat);
    return seat;
  }

  pass(change: Change): void {
    for (const seat of this.seats) if (seat !== change.from) seat.arriving.push(change);
  }

  settle(): void {
    for (let round = 0; this.seats.some((seat) => seat.happen(round)); round += 1) {
      if (round > 5000) throw new Error("does not come to rest");
    }
  }
}

/** A desk, its core, and what is under way between them and to the others. */
export class ReplicaSeat implements TextCore {
  readonly arriving: Change[] = [];
  readonly leaving: Change[] = [];
  readonly told: CoreUpdate[] = [];
  readonly asked: { base: number; range: TopRange }[] = [];
  readonly timers: (() => void)[] = [];
  readonly desk: TextDesk;
  readonly #units: Unit[];
  readonly #gone = new Set<Unit>();
  readonly #states: Unit[][];
  #count: number;

  constructor(readonly room: Room, readonly author: string) {
    this.#units = [...room.first];
    this.#count = this.#units.length;
    this.#states = [[...room.first]];
    this.desk = deskOf(this, this.timers);
    this.desk.onDocument(0, documentOf(this.visible).toJSON().content as PmJson[], false);
  }

  get visible(): Unit[] {
    return this.#units.filter((unit) => !this.#gone.has(unit));
  }

  edit(base: number, range: TopRange): void {
    if (this.asked.length > 0) throw new Error("one edit at a time");
    this.asked.push({ base, range });
  }

  select(): void {}

  /** Puts the cursor behind the first place where these words stand. */
  place(words: string): void {
    const { state } = this.desk;
    let at = -1;
    state.doc.descendants((node, pos) => {
      const found = node.isText && at < 0 ? (node.text ?? "").indexOf(words) : -1;
      if (found >= 0) at = pos + found + words.length;
    });
    if (at < 0) throw new Error(`no "${words}"`);
    this.desk.dispatch(state.tr.setSelection(TextSelection.create(state.doc, at)));
  }

  /** Types where the cursor is. */
  type(letters: string): void {
    this.desk.dispatch(this.desk.state.tr.insertText(letters));
  }

  /** Lets one thing happen; answers whether there was one. */
  happen(which: number): boolean {
    const acts: [() => number, () => void][] = [
      [() => this.timers.length, () => this.timers.shift()?.()],
      [() => this.told.length, () => this.desk.onUpdate(this.told.shift() as CoreUpdate)],
      [() => this.asked.length, () => this.#take()],
      [() => this.arriving.length, () => this.#merge(this.arriving.shift() as Change, false)],
      [() => this.leaving.length, () => this.room.pass(this.leaving.shift() as Change)],
    ];
    const index = acts.map((_, at) => (at + which) % acts.length).find((at) => (acts[at]?.[0]() ?? 0) > 0);
    if (index === undefined) return false;
    acts[index]?.[1]();
    return true;
  }

  /** Writes an edit as the core does: letters behind the unit before them, a paragraph before the unit behind it. */
  #take(): void {
    const { base, range } = this.asked.shift() as { base: number; range: TopRange };
    const state = this.#states[base] as Unit[];
    const before = documentOf(state);
    const start = unitsBefore(before, range.from);
    const old = state.slice(start, unitsBefore(before, range.to));
    const now = range.nodes.map((node) => `\n${schema.nodeFromJSON(node).textContent}`).join("");
    const { head, tail } = endsOf(old, now, range);
    const deleted = old.slice(head, old.length - tail);
    const [letters, rest] = cutAtParagraph(now.slice(head, now.length - tail));
    const inserted = [
      ...this.#chain(letters, this.#standing(state.slice(0, start + head).toReversed())),
      ...this.#chain(rest, this.#before(this.#standing(state.slice(start + head)))),
    ];
    const change = { from: this, inserted, deleted };
    this.leaving.push(change);
    this.#merge(change, true);
  }

  #standing(units: readonly Unit[]): Unit | null {
    return units.find((unit) => !this.#gone.has(unit)) ?? null;
  }

  #before(unit: Unit | null): Unit | null {
    const { visible } = this;
    return visible[(unit === null ? visible.length : visible.indexOf(unit)) - 1] ?? null;
  }

  #chain(letters: string, behind: Unit | null): { unit: Unit; behind: Unit }[] {
    let last = behind;
    return [...letters].map((letter) => {
      if (last === null) throw new Error("before the first paragraph");
      this.#count += 1;
      const one = { unit: { count: this.#count, author: this.author, letter }, behind: last };
      last = one.unit;
      return one;
    });
  }

  #merge({ inserted, deleted }: Change, confirms: boolean): void {
    const { visible: old } = this;
    for (const { unit, behind } of inserted) {
      this.#count = Math.max(this.#count, unit.count);
      let at = this.#units.indexOf(behind) + 1;
      while (at < this.#units.length && isLater(this.#units[at] as Unit, unit)) at += 1;
      this.#units.splice(at, 0, unit);
    }
    for (const unit of deleted) this.#gone.add(unit);
    const { visible: now } = this;
    this.#states.push(now);
    const [before, after] = [documentOf(old), documentOf(now)];
    const range = changedRange(before, after);
    const version = this.#states.length - 1;
    const start = range === null ? 0 : unitsBefore(before, range.from);
    const index = new Map(now.map((unit, at) => [unit, at - start]));
    const stayed = old.slice(start).flatMap((unit, at): [number, number, number][] => {
      const newAt = index.get(unit);
      return newAt === undefined || newAt < 0 ? [] : [[at, newAt, 1]];
    });
    this.told.push({ base: version - 1, version, confirms, ranges: range === null ? [] : [range], stayed });
  }
}

function isLater(one: Unit, other: Unit): boolean {
  return one.count > other.count || (one.count === other.count && one.author > other.author);
}

function documentOf(units: readonly Unit[]): Node {
  const lines = units.map((unit) => unit.letter).join("").split("\n").slice(1);
  return doc(...lines.map(paragraph));
}

/** The units before a top node. */
function unitsBefore(before: Node, index: number): number {
  // A paragraph's two ends are one unit.
  return startOf(before, index) - index;
}

function endsOf(old: readonly Unit[], now: string, range: TopRange): { head: number; tail: number } {
  if (range.kept === undefined) throw new Error("an edit says what it left alone");
  const { head, tail } = range.kept;
  const same = (at: number, newAt: number) => old[at]?.letter === now[newAt];
  for (let at = 0; at < head; at += 1) if (!same(at, at)) throw new Error("what stayed before an edit is the same");
  for (let at = 1; at <= tail; at += 1) if (!same(old.length - at, now.length - at)) throw new Error("what stayed behind an edit is the same");
  return { head, tail };
}

function cutAtParagraph(letters: string): [string, string] {
  const at = letters.indexOf("\n");
  return at < 0 ? [letters, ""] : [letters.slice(0, at), letters.slice(at)];
}
