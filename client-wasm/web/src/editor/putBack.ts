// Words put into the text anew, as if their author pasted them: at the caret, or at the end of a text that nobody stood in.
//
// Why it exists: words that the server did not take stay beside the text, and go into it once that is possible again. They
// part no word: who stands in one gets them behind it.
import type { ResolvedPos } from "prosemirror-model";
import { Selection, TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { schema } from "./schema.ts";
import { areOneWord, wordsIn } from "./word.ts";

/** Puts them there, in sight, with the caret behind them. */
export function putBack(view: EditorView, words: string, atCaret: boolean): void {
  if (!atCaret) toNewLineAtEnd(view);
  const { $to } = view.state.selection;
  view.dispatch(view.state.tr.setSelection(TextSelection.near(view.state.doc.resolve($to.pos + restOfWord($to)), -1)));
  const { parent, parentOffset } = view.state.selection.$to;
  const [before, behind] = [parent.textBetween(0, parentOffset, "", " "), parent.textBetween(parentOffset, parent.content.size, "", " ")];
  view.pasteText(`${areOneWord(before, words) ? " " : ""}${words}${areOneWord(words, behind) ? " " : ""}`);
  view.focus();
  view.dispatch(view.state.tr.scrollIntoView());
}

/** How much of the word in which a place lies stands behind it, in UTF-16 units; nothing at the border of one. */
function restOfWord({ parent, parentOffset }: ResolvedPos): number {
  const [before, behind] = [parent.textBetween(0, parentOffset, "", " "), parent.textBetween(parentOffset, parent.content.size, "", " ")];
  return areOneWord(before, behind) ? wordsIn(behind)[0]?.length ?? 0 : 0;
}

function toNewLineAtEnd(view: EditorView): void {
  const { doc, tr } = view.state;
  if (doc.lastChild?.content.size !== 0) tr.insert(doc.content.size, schema.nodes.paragraph.create());
  view.dispatch(tr.setSelection(Selection.atEnd(tr.doc)));
}
