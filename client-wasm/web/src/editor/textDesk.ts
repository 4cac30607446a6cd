// One open text: the editor's state, the core behind it and the clock between them, without any DOM.
//
// Why it exists: when to send an edit and what to do with what the core tells is the heart of writing together;
// here it can be tested with two desks and no browser. `open.ts` puts a ProseMirror view on it.
import { EditorState, type Transaction } from "prosemirror-state";
import { confirmedOf, confirmedPlugin, moved, nothingDone, sent, updated } from "./confirmed.ts";
import { cursorsPlugin, ownPlaces, withPeers } from "./cursors.ts";
import { changedRange, withRanges } from "./differences.ts";
import { keyPlugins, shorthand } from "./keys.ts";
import type { CoreUpdate, Peer, PmJson, TextCore, TextListener } from "./port.ts";
import { schema } from "./schema.ts";
import { undoHistory } from "./undoHistory.ts";

/** One's own cursor is told at most so often. */
const SELECT_MS = 100;

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

/** See above. */
export class TextDesk implements TextListener {
  #state = EditorState.create({
    schema,
    plugins: [confirmedPlugin(), undoHistory(), shorthand(), ...keyPlugins(), cursorsPlugin()],
  });
  #cancelSend: (() => void) | null = null;
  #cancelSelect: (() => void) | null = null;
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
    this.#cancelSend?.();
    this.#cancelSend = null;
    const { version, doc, own, inFlight } = confirmedOf(this.#state);
    if (version < 0 || inFlight !== null || own.length === 0) return;
    const range = changedRange(doc, this.#state.doc, own.map(({ step }) => step.getMap()));
    if (range === null) {
      this.#apply(nothingDone(this.#state));
      return;
    }
    this.#apply(sent(this.#state));
    this.#options.core.edit(version, range);
  }

  close(): void {
    this.flush();
    this.#cancelSelect?.();
  }

  onDocument(version: number, nodes: PmJson[], answers: boolean): void {
    this.#options.read();
    const doc = withRanges(schema.topNodeType.createAndFill() ?? this.#state.doc, [{ from: 0, to: 1, nodes }]);
    this.#follow(moved(this.#state, doc, { version, confirms: answers }));
  }

  onUpdate(update: CoreUpdate): void {
    this.#options.read();
    this.#follow(updated(this.#state, update));
  }

  onPeers(peers: Peer[]): void {
    this.#options.read();
    this.#apply(withPeers(this.#state, peers));
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
    this.#cancelSend ??= this.#options.after(0, () => this.flush());
  }

  #tellSelection(): void {
    if (this.#cancelSelect !== null) return;
    this.#cancelSelect = this.#options.after(SELECT_MS, () => {
      this.#cancelSelect = null;
      const places = ownPlaces(this.#state);
      if (places !== null) this.#options.core.select(places.version, places.anchor, places.head);
    });
  }
}
