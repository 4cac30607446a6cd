// Opens a chapter: a ProseMirror view on a text desk, and the state that the page around it reads.
//
// Why it exists: this is the only file of the editor that touches the page's DOM and its events; what happens to
// the text is in `textDesk.ts`.
import { keydownHandler } from "prosemirror-keymap";
import { type EditorState, Selection, TextSelection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import type { ChapterOptions, ChapterState, ChapterView, Colleague, OpenChapter } from "./chapterView.ts";
import { colorOf } from "./colors.ts";
import { commandOf, formattingOf } from "./commands.ts";
import "./editor.css";
import { placeOfWords } from "./places.ts";
import { isOnlyImages, type Lost, takenOver } from "./paste.ts";
import { putBack } from "./putBack.ts";
import { ROOM } from "./room.ts";
import type { ChapterCore, CoreStatus, OpenCore, Peer } from "./port.ts";
import { TextDesk } from "./textDesk.ts";
import { TypedOn } from "./typedOn.ts";
import { inVain, wasTaken } from "./undoHistory.ts";

const OPENING: CoreStatus = {
  status: "opening",
  canWrite: false,
  readOnlyReason: null,
  refused: [],
  waiting: 0,
  unkept: null,
  erasedBefore: null,
  failure: null,
};

/** The editor's entry point on a given core. */
export function openChapterOn(openCore: OpenCore): OpenChapter {
  return (element, options) => {
    const self: Colleague = {
      key: "self",
      personId: options.person.id,
      name: options.person.name,
      party: options.party.name,
      color: colorOf(options.person.id),
      self: true,
      otherWindow: false,
      program: null,
    };
    const listeners = new Set<() => void>();
    const restored = new Set<(position: number) => void>();
    const vain = new Set<(asked: "undo" | "redo" | "link" | null) => void>();
    const linkAsked = new Set<() => void>();
    const pasted = new Set<(lost: readonly Lost[]) => void>();
    const tellLost = (lost: readonly Lost[]) => {
      for (const listener of pasted) listener(lost);
    };
    let status = OPENING;
    let people: readonly Colleague[] = [self];
    let closed = false;
    // Whoever never stood in the text has no place in it that they chose.
    let stoodIn = false;
    const typedOn = new TypedOn();

    // The core may tell before it has been given back, and the desk may ask only after.
    const held: { core: ChapterCore | null } = { core: null };
    const desk = new TextDesk({
      core: {
        edit: (base, range) => held.core?.edit(base, range),
        select: (version, anchor, head) => held.core?.select(version, anchor, head),
      },
      after: (ms, later) => {
        const timer = window.setTimeout(later, ms);
        return () => window.clearTimeout(timer);
      },
      read: () => {
        if (!closed) readPage(view);
      },
      show: (state, transaction) => {
        if (closed) return;
        view.updateState(state);
        changed();
        const asked = inVain(transaction);
        if (asked !== null || wasTaken(transaction)) for (const listener of vain) listener(asked);
      },
    });

    const view = new EditorView(element, {
      state: desk.state,
      editable: () => status.canWrite && desk.isOpen,
      attributes: () => attributes(options, status.canWrite),
      scrollMargin: ROOM,
      scrollThreshold: ROOM,
      dispatchTransaction: (transaction) => desk.dispatch(transaction),
      transformPastedHTML: (html) => {
        const taken = takenOver(html);
        tellLost(taken.lost);
        return taken.html;
      },
      handlePaste: (_, event) => {
        if (isOnlyImages(event.clipboardData)) tellLost(["image"]);
        return false;
      },
      // As in other word processors; left to the browser it leads out of the page, and what is typed next goes there.
      handleKeyDown: keydownHandler({
        "Mod-k": () => {
          if (state.formatting.canLink) for (const listener of linkAsked) listener();
          else for (const listener of vain) listener("link");
          return true;
        },
      }),
      // The browser tells of a new selection some time after it made it; a key may come sooner.
      handleDOMEvents: {
        keydown: (typed, event) => {
          // Within a composition the input method has the last word.
          if (!event.isComposing && event.keyCode !== 229) readPage(typed);
          if (typedOn.holds(event)) event.preventDefault();
        },
        mousedown: () => typedOn.end(),
        blur: () => typedOn.end(),
        mouseup: readPage,
        focus: () => {
          stoodIn = true;
        },
      },
    });

    let state = stateOf(desk, { status, people });
    const changed = () => {
      const next = stateOf(desk, { status, people });
      if (same(state, next)) return;
      state = next;
      for (const listener of listeners) listener();
    };

    const told = <Args extends unknown[]>(act: (...args: Args) => void) => {
      return (...args: Args) => {
        if (!closed) act(...args);
      };
    };
    // Before the core's own listeners, which close what it was given.
    const leaving = () => desk.flush();
    const hidden = () => document.visibilityState === "hidden" && desk.flush();
    window.addEventListener("pagehide", leaving);
    document.addEventListener("visibilitychange", hidden);
    held.core = openCore(
      { planId: options.planId, chapterId: options.chapterId, owner: options },
      {
        onDocument: told((version, nodes, answers) => {
          const first = !desk.isOpen;
          desk.onDocument(version, nodes, answers);
          if (first) desk.dispatch(desk.state.tr.setSelection(Selection.atStart(desk.state.doc)));
        }),
        onUpdate: told((update) => desk.onUpdate(update)),
        onRestored: told((position) => {
          for (const listener of restored) listener(position);
        }),
        onPeers: told((peers) => {
          people = [self, ...peers.map((peer) => colleagueOf(peer, options.person.id))];
          desk.onPeers(peers);
          changed();
        }),
        onStatus: told((next) => {
          const wrote = view.editable && view.hasFocus();
          status = next;
          readPage(view);
          view.setProps({});
          if (view.editable) typedOn.end();
          else if (wrote) typedOn.begin(performance.now());
          changed();
        }),
      },
    );

    view.dom.addEventListener("blur", leaving);

    return {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      getState: () => state,
      run(command) {
        if (view.editable) commandOf(command)(view.state, view.dispatch, view);
        view.focus();
      },
      discardRefused: (id) => held.core?.discardRefused(id),
      putBackRefused(id) {
        const words = status.refused.find((each) => each.id === id);
        if (words === undefined || !view.editable) return;
        putBack(view, words, stoodIn);
        // Sent to be kept before the words beside the text go.
        desk.flush();
        held.core?.discardRefused(id);
      },
      length: () => view.state.doc.content.size,
      focus: () => view.focus(),
      lookAt: (words) => lookAt(view, words),
      onRestored(listener) {
        restored.add(listener);
        return () => restored.delete(listener);
      },
      onVain(listener) {
        vain.add(listener);
        return () => vain.delete(listener);
      },
      onLinkAsked(listener) {
        linkAsked.add(listener);
        return () => linkAsked.delete(listener);
      },
      onPasted(listener) {
        pasted.add(listener);
        return () => pasted.delete(listener);
      },
      destroy() {
        if (closed) return;
        desk.close();
        closed = true;
        window.removeEventListener("pagehide", leaving);
        document.removeEventListener("visibilitychange", hidden);
        held.core?.close();
        view.destroy();
        listeners.clear();
        restored.clear();
        vain.clear();
        linkAsked.clear();
        pasted.clear();
      },
    } satisfies ChapterView;
  };
}

declare module "prosemirror-view" {
  interface EditorView {
    /** Not in the published types. Both read the page at once; the first only where reading was put off. */
    readonly domObserver: { forceFlush(): void; flush(): void };
  }
}

/** Takes letters and a selection over from the page that the view has not been told of yet. */
function readPage(view: EditorView): void {
  if (view.isDestroyed || !view.hasFocus()) return;
  view.domObserver.forceFlush();
  view.domObserver.flush();
}

function lookAt(view: EditorView, words: string): boolean {
  const found = placeOfWords(view.state.doc, words);
  if (found === null) return false;
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, found)));
  view.focus();
  // In the middle: what stays in sight above the text would cover the place.
  const at = view.domAtPos(found).node;
  (at instanceof Element ? at : at.parentElement)?.scrollIntoView({ block: "center" });
  return true;
}

function attributes({ label, describedBy }: ChapterOptions, canWrite: boolean): Record<string, string> {
  return {
    role: "textbox",
    "aria-multiline": "true",
    "aria-label": label,
    ...(canWrite ? { "aria-describedby": describedBy } : {}),
    "aria-readonly": String(!canWrite),
    // Read-only text is still read with the keyboard.
    tabindex: "0",
    spellcheck: "true",
  };
}

interface Told {
  readonly status: CoreStatus;
  readonly people: readonly Colleague[];
}

function stateOf(desk: TextDesk, { status, people }: Told): ChapterState {
  const unsent = desk.hasUnconfirmed && status.status === "saved";
  return {
    status: unsent ? "saving" : status.status,
    canWrite: status.canWrite,
    readOnlyReason: status.readOnlyReason,
    people,
    refused: refusedOf(status),
    formatting: formattingFor(desk.state),
    isWaiting: status.waiting > 0,
    unkept: status.unkept,
    erasedBefore: status.erasedBefore,
  };
}

const refusedCache = new WeakMap<CoreStatus, ChapterState["refused"]>();

/** The same list as long as the core told nothing new, so that the page renders it once. */
function refusedOf(status: CoreStatus): ChapterState["refused"] {
  const known = refusedCache.get(status);
  if (known !== undefined) return known;
  const made = status.refused.map(({ id, text, reason, at }) => ({ id, text, reason, at: new Date(at) }));
  refusedCache.set(status, made);
  return made;
}

const formattingCache = new WeakMap<EditorState, ChapterState["formatting"]>();
let lastFormatting: ChapterState["formatting"] | null = null;

/** The formatting, the same object as long as it says the same. */
function formattingFor(state: EditorState): ChapterState["formatting"] {
  const known = formattingCache.get(state);
  if (known !== undefined) return known;
  const made = formattingOf(state);
  const kept = lastFormatting !== null && same(lastFormatting, made) ? lastFormatting : made;
  formattingCache.set(state, kept);
  lastFormatting = kept;
  return kept;
}

/** Whether two flat objects hold the same values. */
function same<T extends object>(a: T, b: T): boolean {
  return (Object.keys(b) as (keyof T)[]).every((field) => a[field] === b[field]);
}

function colleagueOf({ key, name, party, personId, program }: Peer, self: string): Colleague {
  return { key, personId, name, party, color: colorOf(personId), self: false, otherWindow: personId === self && program === null, program };
}
