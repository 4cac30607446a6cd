// Others' cursors and selections, shown in the text with name and party.
//
// Why it exists: presence passes and is never part of the document, so it is decoration: placed when the core
// tells where people are, moved along with every step in between.
import { type EditorState, Plugin, PluginKey, type Transaction } from "prosemirror-state";
import { Mapping } from "prosemirror-transform";
import { Decoration, DecorationSet } from "prosemirror-view";
import { colorOf } from "./colors.ts";
import { confirmedOf } from "./confirmed.ts";
import { placeOf, positionOf } from "./places.ts";
import type { Peer, Place } from "./port.ts";

const key = new PluginKey<DecorationSet>("cursors");

/** The plugin that shows them. */
export function cursorsPlugin(): Plugin<DecorationSet> {
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: () => DecorationSet.empty,
      apply: (transaction, shown) => {
        const told: DecorationSet | undefined = transaction.getMeta(key);
        return told ?? shown.map(transaction.mapping, transaction.doc);
      },
    },
    props: { decorations: (state) => key.getState(state) },
    view: () => ({ update: ({ dom }) => placeNames(dom) }),
  });
}

/** Shows these people. A cursor in a state that is not the confirmed one comes with the next message. */
export function withPeers(state: EditorState, peers: readonly Peer[]): Transaction {
  const { doc, version, own } = confirmedOf(state);
  const since = new Mapping(own.map(({ step }) => step.getMap()));
  const at = (place: Place) => Math.min(since.map(positionOf(doc, place)), state.doc.content.size);
  const shown = key.getState(state) ?? DecorationSet.empty;
  const decorations = peers.flatMap((peer) => {
    if (peer.cursor === null || peer.cursor.version !== version) return [];
    const head = at(peer.cursor.head);
    return cursor(peer, at(peer.cursor.anchor), head, movesOf(shown, peer, head));
  });
  return state.tr.setMeta(key, DecorationSet.create(state.doc, decorations)).setMeta("addToHistory", false);
}

/** One's own selection as places in the confirmed state; null while steps of one's own are not in it. */
export function ownPlaces(state: EditorState): { version: number; anchor: Place; head: Place } | null {
  const { doc, version, own } = confirmedOf(state);
  if (own.length > 0 || version < 0) return null;
  return { version, anchor: placeOf(doc, state.selection.anchor), head: placeOf(doc, state.selection.head) };
}

/** How often a cursor moved while it was shown. Text that comes before it takes it along, and is no move. */
function movesOf(shown: DecorationSet, peer: Peer, head: number): number {
  const [before] = shown.find(undefined, undefined, (spec) => spec["peer"] === peer.key);
  if (before === undefined) return 0;
  const moves = Number(before.spec["moves"]);
  return before.from === head ? moves : moves + 1;
}

function cursor(peer: Peer, anchor: number, head: number, moves: number): Decoration[] {
  const color = colorOf(peer.personId);
  const caret = Decoration.widget(head, () => label(peer, color), {
    // A name fades in a while, so that the line above it can be read; after a move it is another one, which is seen anew.
    key: `${peer.key}:${peer.name}:${moves}`,
    peer: peer.key,
    moves,
    side: -1,
    ignoreSelection: true,
  });
  if (anchor === head) return [caret];
  const from = Math.min(anchor, head);
  return [Decoration.inline(from, Math.max(anchor, head), { class: `cursor-range person-${color}` }), caret];
}

/** Every name whole within the text: moved back from its edge, and of more lines where it is wider than the text. */
function placeNames(text: HTMLElement): void {
  const shown = [...text.querySelectorAll<HTMLElement>(".cursor__name")];
  // Asking for places lays the whole text out, after every letter.
  if (shown.length === 0) return;
  for (const name of shown) name.style.maxInlineSize = `${text.clientWidth}px`;
  const end = text.getBoundingClientRect().left + text.clientLeft + text.clientWidth;
  const beyond = shown.map((name) => {
    // Where it stands now may be on the way from an earlier place.
    const moved = Number.parseFloat(getComputedStyle(name).left);
    return Math.max(Math.ceil(name.getBoundingClientRect().right - moved - end), 0);
  });
  shown.forEach((name, index) => (name.style.insetInlineStart = `-${beyond[index] ?? 0}px`));
}

function label(peer: Peer, color: number): HTMLElement {
  const caret = document.createElement("span");
  caret.className = `cursor person-${color}`;
  caret.dataset["person"] = peer.personId;
  // The list of people says who is here; in the text a screen reader reads the text.
  caret.setAttribute("aria-hidden", "true");
  const name = document.createElement("span");
  name.className = "cursor__name";
  const who = peer.program === null ? peer.name : `${peer.name} (${peer.program})`;
  name.textContent = peer.party === "" ? who : `${who}, ${peer.party}`;
  caret.append(name);
  return caret;
}
