// Desks that write together in one room, for tests: the authority between them, and messages under way in both directions.
import type { Node } from "prosemirror-model";
import { Mapping, ReplaceStep, type Step, Transform } from "prosemirror-transform";
import { behindOwn } from "./confirmed.ts";
import { changedRange, stepsBetween, withRanges } from "./differences.ts";
import type { CoreUpdate, PmJson, TextCore, TopRange } from "./port.ts";
import { TextDesk } from "./textDesk.ts";

/** The authority in one room, as the Rust core is in a worker: edits are mapped over what came since. */
export class Authority {
  readonly states: Node[];
  readonly desks: Seat[] = [];

  constructor(first: Node) {
    this.states = [first];
  }

  get doc(): Node {
    return this.states.at(-1) as Node;
  }

  take(from: Seat, base: number, range: TopRange): void {
    const old = this.states[base] as Node;
    const wanted = stepsBetween(old, withRanges(old, [range]));
    const since = new Mapping(stepsBetween(old, this.doc).map((step) => step.getMap()));
    const transform = new Transform(this.doc);
    let done = 0;
    wanted.forEach((step: Step, index) => {
      const back = new Mapping(wanted.slice(0, index).map((one) => one.getMap().invert()).toReversed());
      const over = new Mapping([...back.maps, ...since.maps, ...transform.mapping.maps.slice(0, done)]);
      const mapped = behindOwn(step, over) ?? lettersOf(step, over, transform.doc);
      if (mapped !== null && transform.maybeStep(mapped).failed === null) done = transform.steps.length;
    });
    this.tell(transform.doc, from);
  }

  tell(after: Node, from: Seat | null): void {
    const range = changedRange(this.doc, after);
    const base = this.states.length - 1;
    this.states.push(after);
    for (const seat of this.desks) {
      seat.waiting.push({ base, version: base + 1, confirms: seat === from, ranges: range === null ? [] : [range], stayed: null });
    }
  }
}

/** The letters of a step whose surroundings somebody took out at the same moment: as in the core they stay. */
function lettersOf(step: Step, over: Mapping, doc: Node): Step | null {
  if (!(step instanceof ReplaceStep) || step.slice.openStart + step.slice.openEnd > 0) return null;
  const at = over.map(step.to);
  return doc.resolve(at).parent.inlineContent && step.slice.content.firstChild?.isInline === true ? new ReplaceStep(at, at, step.slice) : null;
}

/** A desk that is not shown anywhere; what it does later waits among the timers. */
export function deskOf(core: TextCore, timers: (() => void)[]): TextDesk {
  return new TextDesk({
    core,
    after: (_, later) => {
      timers.push(later);
      return () => timers.splice(timers.indexOf(later), 1);
    },
    read: () => undefined,
    show: () => undefined,
  });
}

/** One desk with messages under way in both directions. */
export class Seat implements TextCore {
  readonly waiting: CoreUpdate[] = [];
  readonly asked: { base: number; range: TopRange }[] = [];
  readonly timers: (() => void)[] = [];
  readonly desk: TextDesk;

  constructor(readonly authority: Authority) {
    this.desk = deskOf(this, this.timers);
    authority.desks.push(this);
    this.desk.onDocument(authority.states.length - 1, authority.doc.toJSON().content as PmJson[], false);
  }

  edit(base: number, range: TopRange): void {
    if (this.asked.length > 0) throw new Error("one edit at a time");
    this.asked.push({ base, range });
  }

  select(): void {}

  write(after: Node): void {
    const transaction = this.desk.state.tr;
    for (const step of stepsBetween(this.desk.state.doc, after)) transaction.step(step);
    this.desk.dispatch(transaction);
  }

  /** Lets one thing happen; answers whether there was one. */
  happen(which: number): boolean {
    const acts = [() => this.timers.shift()?.(), () => this.receive(), () => this.deliver()];
    const open = [this.timers.length > 0, this.waiting.length > 0, this.asked.length > 0];
    const index = [0, 1, 2].map((at) => (at + which) % 3).find((at) => open[at]);
    if (index === undefined) return false;
    acts[index]?.();
    return true;
  }

  private receive(): void {
    const update = this.waiting.shift();
    if (update !== undefined) this.desk.onUpdate(update);
  }

  private deliver(): void {
    const asked = this.asked.shift();
    if (asked !== undefined) this.authority.take(this, asked.base, asked.range);
  }
}

export function settle(seats: Seat[]): void {
  for (let round = 0; seats.some((seat) => seat.happen(round)); round += 1) {
    if (round > 2000) throw new Error("does not come to rest");
  }
}
