// Desks that write together: whatever the order of messages, they end with the same text and every letter.
import type { Node } from "prosemirror-model";
import { Mapping, type Step, Transform } from "prosemirror-transform";
import { describe, expect, test } from "vitest";
import { undo } from "prosemirror-history";
import { changedRange, stepsBetween, withRanges } from "./differences.ts";
import type { CoreUpdate, PmJson, TextCore, TopRange } from "./port.ts";
import { doc, editedAtRandom, paragraph, pick, random } from "./testing.ts";
import { TextDesk } from "./textDesk.ts";

/** The authority in one room, as the Rust core is in a worker: edits are mapped over what came since. */
class Authority {
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
      const mapped = step.map(over);
      if (mapped !== null && transform.maybeStep(mapped).failed === null) done = transform.steps.length;
    });
    this.tell(transform.doc, from);
  }

  tell(after: Node, from: Seat | null): void {
    const range = changedRange(this.doc, after);
    const base = this.states.length - 1;
    this.states.push(after);
    for (const seat of this.desks) {
      seat.waiting.push({ base, version: base + 1, confirms: seat === from, ranges: range === null ? [] : [range] });
    }
  }
}

/** One desk with messages under way in both directions. */
class Seat implements TextCore {
  readonly waiting: CoreUpdate[] = [];
  readonly asked: { base: number; range: TopRange }[] = [];
  readonly timers: (() => void)[] = [];
  readonly desk: TextDesk;

  constructor(readonly authority: Authority) {
    this.desk = new TextDesk({
      core: this,
      after: (_, later) => {
        this.timers.push(later);
        return () => this.timers.splice(this.timers.indexOf(later), 1);
      },
      read: () => undefined,
      show: () => undefined,
    });
    authority.desks.push(this);
    this.desk.onDocument(authority.states.length - 1, authority.doc.toJSON().content as PmJson[], false);
  }

  edit(base: number, range: TopRange): void {
    expect(this.asked.length).toBe(0);
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

function settle(seats: Seat[]): void {
  for (let round = 0; seats.some((seat) => seat.happen(round)); round += 1) {
    if (round > 2000) throw new Error("does not come to rest");
  }
}

describe("desks", { timeout: 60_000 }, () => {
  test("end with the same text after any order of typing and messages", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = random(seed);
      const authority = new Authority(doc(paragraph("het regioplan"), paragraph("zorg dichtbij")));
      const seats = [new Seat(authority), new Seat(authority), new Seat(authority)];
      for (let turn = 0; turn < 30; turn += 1) {
        const seat = pick(next, seats);
        if (next() < 0.4) seat.write(editedAtRandom(seat.desk.state.doc, next));
        else seat.happen(Math.floor(next() * 3));
      }
      settle(seats);
      for (const seat of seats) {
        expect(seat.desk.hasUnconfirmed, `seed ${seed}`).toBe(false);
        expect(seat.desk.state.doc.eq(authority.doc), `seed ${seed}: ${seat.desk.state.doc} / ${authority.doc}`).toBe(true);
      }
    }
  });

  test("nobody's typing is moved or lost when all only type", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const next = random(seed);
      const authority = new Authority(doc(paragraph("begin")));
      const seats = [new Seat(authority), new Seat(authority)];
      const typed: string[] = [];
      for (let turn = 0; turn < 40; turn += 1) {
        const at = Math.floor(next() * 2);
        const seat = seats[at] as Seat;
        if (next() < 0.5) {
          const letter = String.fromCodePoint(0xe000 + typed.length);
          typed.push(letter);
          seat.desk.dispatch(seat.desk.state.tr.insertText(letter, 1 + Math.floor(next() * (seat.desk.state.doc.child(0).content.size + 1))));
        } else seat.happen(Math.floor(next() * 3));
      }
      settle(seats);
      for (const letter of typed) expect(authority.doc.textContent.split(letter).length, `seed ${seed}`).toBe(2);
    }
  });

  test("words typed in a paragraph that another one deletes stay", () => {
    const authority = new Authority(doc(paragraph("een"), paragraph("twee"), paragraph("drie")));
    const [ann, bob] = [new Seat(authority), new Seat(authority)];
    ann.write(doc(paragraph("een"), paragraph("drie")));
    bob.desk.dispatch(bob.desk.state.tr.insertText("NIEUW", 8));
    settle([ann]);
    while (bob.waiting.length > 0) bob.happen(1);
    expect(bob.desk.state.doc.textContent).toContain("NIEUW");
    settle([ann, bob]);
    expect(authority.doc.textContent).toContain("NIEUW");
  });

  test("undo takes back one's own words only", () => {
    const authority = new Authority(doc(paragraph("")));
    const [ann, bob] = [new Seat(authority), new Seat(authority)];
    ann.desk.dispatch(ann.desk.state.tr.insertText("ann ", 1));
    settle([ann, bob]);
    bob.desk.dispatch(bob.desk.state.tr.insertText("bob ", 1));
    settle([ann, bob]);
    undo(ann.desk.state, (transaction) => ann.desk.dispatch(transaction));
    settle([ann, bob]);
    expect(authority.doc.textContent).toBe("bob ");
    expect(bob.desk.state.doc.textContent).toBe("bob ");
    expect(undo(ann.desk.state)).toBe(false);
  });

  test("a text built anew keeps what was typed and not yet sent", () => {
    const authority = new Authority(doc(paragraph("oud")));
    const seat = new Seat(authority);
    seat.desk.dispatch(seat.desk.state.tr.insertText("!", 4));
    seat.desk.onDocument(0, nodesOf(doc(paragraph("oud"), paragraph("nieuw"))), false);
    expect(seat.desk.state.doc.textContent).toBe("oud!nieuw");
  });

  test("an edit in flight outlives a rebuilding, and goes when the core did not take it", () => {
    const seat = new Seat(new Authority(doc(paragraph("oud"))));
    seat.desk.dispatch(seat.desk.state.tr.insertText("!", 4));
    seat.desk.flush();
    seat.desk.dispatch(seat.desk.state.tr.insertText("?", 5));
    seat.desk.onDocument(1, nodesOf(doc(paragraph("het oude"))), false);
    expect([...seat.desk.state.doc.textContent].sort().join("")).toBe([..."het oude!?"].sort().join(""));
    expect(seat.asked.length).toBe(1);
    seat.desk.onDocument(2, nodesOf(doc(paragraph("het oude"))), true);
    expect(seat.desk.state.doc.textContent).not.toContain("!");
    expect(seat.desk.state.doc.textContent).toContain("?");
  });
});

function nodesOf(of: Node): PmJson[] {
  return of.toJSON().content as PmJson[];
}
