// Words put into the text anew, as if their author pasted them: at the caret, or at the end of a text that nobody stood in.
//
// Why it exists: words that the server did not take stay beside the text, and go into it once that is possible again. They
// part no word: who stands in one gets them behind it. Only words that began or ended inside a word do so again, where
// that same part of a word stands.
import type { ResolvedPos } from "prosemirror-model";
import { Selection, TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { schema } from "./schema.ts";
import { areOneWord, wordBehind, wordBefore } from "./word.ts";

/** Words with the parts of words that stood around them. */
export interface Words {
  readonly text: string;
  readonly before?: string | null;
  readonly behind?: string | null;
}

/** What stands before a place in its line, and what behind it. */
type Line = readonly [string, string];

/** Puts them there, in sight, with the caret behind them. */
export function putBack(view: EditorView, words: Words, atCaret: boolean): void {
  if (!atCaret) toNewLineAtEnd(view);
  const { $to } = view.state.selection;
  const rest = restOfWord(words, lineAround($to));
  view.dispatch(view.state.tr.setSelection(TextSelection.near(view.state.doc.resolve($to.pos + rest), -1)));
  view.pasteText(parted(words, lineAround(view.state.selection.$to)));
  view.focus();
  view.dispatch(view.state.tr.scrollIntoView());
}

/** How much of the word in which a place lies they come behind, in UTF-16 units: none where they stood inside that word. */
export function restOfWord(words: Words, [left, right]: Line): number {
  if (!areOneWord(left, right) || (goesOn(words, left) && isGoneOnIn(words, right))) return 0;
  return wordBehind(right).length;
}

/** The words with a space at either end where they would run into a word that they were no part of. */
export function parted(words: Words, [left, right]: Line): string {
  const before = areOneWord(left, words.text) && !goesOn(words, left) ? " " : "";
  const behind = areOneWord(words.text, right) && !isGoneOnIn(words, right) ? " " : "";
  return `${before}${words.text}${behind}`;
}

/** Whether they began in the word that a text ends with. */
function goesOn({ before }: Words, left: string): boolean {
  return before != null && wordBefore(left) === before;
}

/** Whether they ended in the word that a text begins with. */
function isGoneOnIn({ behind }: Words, right: string): boolean {
  return behind != null && wordBehind(right) === behind;
}

function lineAround({ parent, parentOffset }: ResolvedPos): Line {
  return [parent.textBetween(0, parentOffset, "", " "), parent.textBetween(parentOffset, parent.content.size, "", " ")];
}

function toNewLineAtEnd(view: EditorView): void {
  const { doc, tr } = view.state;
  if (doc.lastChild?.content.size !== 0) tr.insert(doc.content.size, schema.nodes.paragraph.create());
  view.dispatch(tr.setSelection(Selection.atEnd(tr.doc)));
}
