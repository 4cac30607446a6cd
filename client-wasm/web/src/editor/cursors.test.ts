// A name at another's cursor is another one after a move, so that it is seen anew, and stays the same one until then.
import { EditorState } from "prosemirror-state";
import { DecorationSet } from "prosemirror-view";
import { expect, test } from "vitest";
import { confirmedPlugin, moved } from "./confirmed.ts";
import { cursorsPlugin, withPeers } from "./cursors.ts";
import { placeOf } from "./places.ts";
import { doc, paragraph } from "./testing.ts";

const cursors = cursorsPlugin();

/** The state in which the core has told this text. */
function told(state: EditorState, text: string, version: number): EditorState {
  return state.apply(moved(state, doc(paragraph(text)), { version, confirms: false }));
}

/** The state in which Bram stands behind the letter with this number. */
function withBram(state: EditorState, version: number, at: number): EditorState {
  const place = placeOf(state.doc, at + 1);
  const bram = { key: "1", personId: "b", name: "Bram", party: "", program: null, cursor: { version, anchor: place, head: place } };
  return state.apply(withPeers(state, [bram]));
}

/** By what the page knows the name from the one before. */
function nameOf(state: EditorState): string {
  const shown = cursors.props.decorations?.call(cursors, state);
  if (!(shown instanceof DecorationSet)) throw new Error("no cursors");
  return String(shown.find()[0]?.spec["key"]);
}

test("a name is another one after a move only", () => {
  const empty = EditorState.create({ doc: doc(paragraph("")), plugins: [confirmedPlugin(), cursors] });
  const first = withBram(told(empty, "Zorg dichtbij", 1), 1, 4);
  const again = withBram(first, 1, 4);
  expect(nameOf(again), "told again, and still there").toBe(nameOf(first));
  const taken = withBram(told(again, "Goede Zorg dichtbij", 2), 2, 10);
  expect(nameOf(taken), "taken along by words before it").toBe(nameOf(first));
  const on = withBram(taken, 2, 12);
  expect(nameOf(on), "moved").not.toBe(nameOf(first));
  const back = withBram(on, 2, 10);
  expect([nameOf(first), nameOf(on)], "moved back").not.toContain(nameOf(back));
});
