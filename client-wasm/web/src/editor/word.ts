// What a word is to the editor: letters, their marks and digits beside each other.
//
// Why it exists: undo, redo and the comparing of texts each look at where words begin and end, and may not differ in it.

/** What stands within a word, for use in a class of a regular expression. */
export const OF_WORD = String.raw`\p{L}\p{M}\p{N}`;

const STARTS = new RegExp(`^[${OF_WORD}]`, "u");
const ENDS = new RegExp(`[${OF_WORD}]$`, "u");
const LAST = new RegExp(`[${OF_WORD}]+$`, "u");
const FIRST = new RegExp(`^[${OF_WORD}]+`, "u");
const WORDS = new RegExp(`[${OF_WORD}]+`, "gu");

/** Whether a text begins within a word. */
export function isWord(text: string | undefined): boolean {
  if (text === undefined || text === "") return false;
  const code = text.charCodeAt(0);
  // Most letters are these, and the question is asked for every letter of a chapter.
  if (code < 0x80) return (code > 0x60 && code < 0x7b) || (code > 0x40 && code < 0x5b) || (code > 0x2f && code < 0x3a);
  return STARTS.test(text);
}

/** Whether a letter is a space that one types. */
export function isSpace(letter: string): boolean {
  return letter === " " || letter === "\u00a0";
}

/** What ends a sentence, a part of one or something said aside: a word does not follow it without a space. */
const ENDS_PART = /[.,;:!?…)\]}»”’]$/u;

/** Whether a word that comes right behind would have to be parted from it by a space. */
export function isPartedFromWord(text: string): boolean {
  return ENDS.test(text) || ENDS_PART.test(text);
}

/** Whether two texts beside each other run into one word. */
export function areOneWord(left: string, right: string): boolean {
  return isWord(right) && ENDS.test(left);
}

/** The word, or part of one, that a text ends with. */
export function wordBefore(text: string): string {
  return LAST.exec(text)?.[0] ?? "";
}

/** The word, or part of one, that a text begins with. */
export function wordBehind(text: string): string {
  return FIRST.exec(text)?.[0] ?? "";
}

/** The words of a text. */
export function wordsIn(text: string): readonly string[] {
  return text.match(WORDS) ?? [];
}
