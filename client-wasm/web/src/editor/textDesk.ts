// One open text: the editor's state, the core behind it and the clock between them, without any DOM.
//
// Why it exists: when to send an edit and what to do with what the core tells is the heart of writing together;
// here it can be tested with two desks and no browser. `open.ts` puts a ProseMirror view on it.
import type { Node } from "prosemirror-model";
import { EditorState, type Transaction } from "prosemirror-state";
import { Mapping, type StepMap } from "prosemirror-transform";
import { confirmedOf, confirmedPlugin, moved, nextEdit, nothingDone, sent, toldBy } from "./confirmed.ts";
import { cursorsPlugin, ownPlaces, withPeers } from "./cursors.ts";
import { changedRange, onTheWay, withRanges } from "./differences.ts";
import { keyPlugins, shorthand } from "./keys.ts";
import type { CoreUpdate, Peer, PmJson, TextCore, TextListener, TopRange } from "./port.ts";
import { schema } from "./schema.ts";
import { type StayedRun, stayedOver } from "./stayed.ts";
import { undoHistory } from "./undoHistory.ts";

/** One's own cursor is told at most so often. */
const SELECT_MS = 100;

/** So many changed blocks of others are shown at once: some milliseconds of the page's time. */
const BLOCKS_AT_ONCE = 40;

/** What is left of an update comes a frame later, so that the page answers in between. */
const FRAME_MS = 16;

/** What a desk needs of the world. */
export interface DeskOptions {
  readonly core: TextCore;
  /** Runs `later` after `ms`; the answer takes it back. */
  readonly after: (ms: number, later: () => void) => () => void;
  /** Reads letters and a selection that the page has and the state has not. Showing a state puts the old ones back. */
  readonly read: () => void;
  /** The state changed by this transaction. */
  readonly show: (state: EditorState, transaction: Transaction) => void;
}

/** An update that is shown in parts. Until it is there, nothing is sent: the text is none that the core knows. */
interface Coming {
  readonly update: CoreUpdate;
  /** The documents on the way, the last one that of the update. */
  readonly docs: Node[];
  readonly inParts: boolean;
  cancel: () => void;
}

/** See above. */
export class TextDesk implements TextListener {
  #state = EditorState.create({
    schema,
    plugins: [confirmedPlugin(), ...undoHistory(), shorthand(), ...keyPlugins(), cursorsPlugin()],
  });
  #cancelSend: (() => void) | null = null;
  #cancelSelect: (() => void) | null = null;
  #coming: Coming | null = null;
  readonly #waiting: CoreUpdate[] = [];
  /** Told while an update was coming. */
  #peers: Peer[] | null = null;
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  get state(): EditorState {
    return this.#state;
  }

  /** Whether something was done that no state of the core contains. */
  get hasUnconfirmed(): boolean {
    return confirmedOf(this.#state).own.length > 0;
  }

  /** Whether a text is there. */
  get isOpen(): boolean {
    return confirmedOf(this.#state).version >= 0;
  }

  /** Takes a transaction of the person who writes. */
  dispatch(transaction: Transaction): void {
    this.#apply(transaction);
    if (transaction.docChanged) this.#plan();
    else if (transaction.selectionSet) this.#tellSelection();
  }

  /** Sends what is not yet sent, now: the page may be going away. */
  flush(): void {
    this.#options.read();
    while (this.#coming !== null) this.#goOn();
    this.#cancelSend?.();
    this.#cancelSend = null;
    const { version, doc, own, inFlight } = confirmedOf(this.#state);
    if (version < 0 || inFlight !== null || own.length === 0) return;
    const edit = nextEdit(this.#state);
    const maps = edit.steps.map(({ step }) => step.getMap());
    const range = changedRange(doc, edit.doc, maps);
    if (range === null) {
      this.#apply(nothingDone(this.#state, edit));
      this.flush();
      return;
    }
    this.#apply(sent(this.#state, edit));
    const isBack = edit.steps.some((step) => step.isBack);
    this.#options.core.edit(version, isBack ? { ...range, back: stayedBeside(range, [doc, edit.doc], maps) } : range);
  }

  close(): void {
    this.flush();
    this.#cancelSelect?.();
  }

  onDocument(version: number, nodes: PmJson[], answers: boolean): void {
    this.#options.read();
    this.#coming?.cancel();
    this.#coming = null;
    this.#waiting.length = 0;
    this.#peers = null;
    const doc = withRanges(schema.topNodeType.createAndFill() ?? this.#state.doc, [{ from: 0, to: 1, nodes }]);
    this.#follow(moved(this.#state, doc, { version, confirms: answers }));
  }

  onUpdate(update: CoreUpdate): void {
    this.#waiting.push(update);
    if (this.#coming === null) this.#takeNext();
  }

  onPeers(peers: Peer[]): void {
    this.#options.read();
    if (this.#coming !== null) this.#peers = peers;
    else this.#apply(withPeers(this.#state, peers));
  }

  #takeNext(): void {
    const update = this.#waiting.shift();
    if (update === undefined) return;
    this.#options.read();
    const docs = this.#partsOf(update);
    this.#coming = { update, docs, inParts: docs.length > 1, cancel: () => undefined };
    this.#goOn();
  }

  /** The documents on the way to that of an update. */
  #partsOf(update: CoreUpdate): Node[] {
    const doc = toldBy(this.#state, update);
    const { doc: before, own } = confirmedOf(this.#state);
    const isSmall = update.ranges.every(({ from, to, nodes }) => Math.max(to - from, nodes.length) <= BLOCKS_AT_ONCE);
    // What one did that is not confirmed may be in it, and would stand there twice on the way.
    return isSmall || own.length > 0 ? [doc] : onTheWay(before, doc, BLOCKS_AT_ONCE);
  }

  /** Shows the next part of an update. */
  #goOn(): void {
    const coming = this.#coming;
    const doc = coming?.docs.shift();
    if (coming === null || doc === undefined) return;
    coming.cancel();
    this.#options.read();
    if (coming.docs.length > 0) {
      const { version } = confirmedOf(this.#state);
      this.#apply(moved(this.#state, doc, { version, confirms: false }));
      coming.cancel = this.#options.after(FRAME_MS, () => this.#goOn());
      return;
    }
    this.#coming = null;
    const [range] = coming.update.ranges;
    const { stayed } = coming.update;
    const told = range === undefined || stayed === null || coming.inParts ? null : { range, stayed };
    this.#follow(moved(this.#state, doc, { ...coming.update, told }));
    this.#takeNext();
    if (this.#coming !== null || this.#peers === null) return;
    this.#apply(withPeers(this.#state, this.#peers));
    this.#peers = null;
  }

  #follow(transaction: Transaction): void {
    this.#apply(transaction);
    const { own, inFlight } = confirmedOf(this.#state);
    if (own.length > 0 && inFlight === null) this.#plan();
    if (own.length === 0) this.#tellSelection();
  }

  #apply(transaction: Transaction): void {
    this.#state = this.#state.apply(transaction);
    this.#mend();
    this.#options.show(this.#state, transaction);
  }

  /** Without steps of one's own the text is the confirmed one: whatever went wrong, it does not drift. */
  #mend(): void {
    const { doc, own, version } = confirmedOf(this.#state);
    if (own.length > 0 || version < 0 || this.#state.doc === doc || this.#state.doc.eq(doc)) return;
    this.#state = this.#state.apply(moved(this.#state, doc, { version, confirms: false }));
  }

  /** The edit leaves when the browser is done with this keystroke; the core gathers edits into changes. */
  #plan(): void {
    if (this.#coming !== null) return;
    this.#cancelSend ??= this.#options.after(0, () => this.flush());
  }

  #tellSelection(): void {
    if (this.#cancelSelect !== null) return;
    this.#cancelSelect = this.#options.after(SELECT_MS, () => {
      this.#cancelSelect = null;
      if (this.#coming !== null) return;
      const places = ownPlaces(this.#state);
      if (places !== null) this.#options.core.select(places.version, places.anchor, places.head);
    });
  }
}

/** Which units of a text stand in the one with the edit. */
function stayedBeside({ from, to, nodes }: TopRange, [old, now]: readonly [Node, Node], maps: readonly StepMap[]): StayedRun[] {
  return stayedOver({ doc: old, from, to }, { doc: now, from, to: from + nodes.length }, new Mapping([...maps]));
}
