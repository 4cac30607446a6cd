// What is said of words that the server did not take: which belong together, why they are not in the text, and what one
// can do with them. Pure.
//
// Why it exists: one stretch of typing can be refused in several rounds, which is one thing to its author; and a reason
// that held when the words came may have gone since.
import type { RefusedWords } from "../../editor/chapterView.ts";
import { problemOf, type Words } from "../../i18n/words.ts";

/** Whether one may write in their chapter now: no, yes but not on this page, yes and here, or here with too little room for them. */
export type Standing = "closed" | "elsewhere" | "here" | { readonly room: number };

/** So many characters a chapter holds: `CHAPTER_UTF16_MAX` of the server. */
const CHAPTER_CHARACTERS_MAX = 300_000;

/** So many stand on a printed page, about. */
const PAGE_CHARACTERS = 3_000;

/** Words of one chapter and one reason, in the order in which they came; never empty. */
export type Refusal = readonly [RefusedWords, ...RefusedWords[]];

/** The refused words of a chapter by why they were refused, what came first in front. */
export function refusalsOf(refused: readonly RefusedWords[]): readonly Refusal[] {
  const byReason = new Map<string, [RefusedWords, ...RefusedWords[]]>();
  for (const words of refused.toSorted((one, other) => one.at.getTime() - other.at.getTime())) {
    const reason = isWithheld(words) ? WITHHELD : words.reason;
    const known = byReason.get(reason);
    if (known === undefined) byReason.set(reason, [words]);
    else known.push(words);
  }
  return [...byReason.values()];
}

/** Where they stand for whoever has the chapter open, whose text is so long. */
export function standingHere(refusal: Refusal, { canWrite, length }: { readonly canWrite: boolean; readonly length: number }): Standing {
  const room = Math.max(CHAPTER_CHARACTERS_MAX - length, 0);
  return !canWrite ? "closed" : lengthOf(refusal) > room ? { room } : "here";
}

function lengthOf(refusal: Refusal): number {
  return refusal.reduce((sum, { text }) => sum + text.length, 0);
}

/** What is said of them in a few words. */
export function titleOf([words]: Refusal, t: Words): string {
  return t(isWithheld(words) ? "write.withheldTitle" : "write.refusedTitle");
}

/** Why the server did not take them. */
export function whyOf(refusal: Refusal, standing: Standing, t: Words): string {
  const [words] = refusal;
  if (isWithheld(words)) return t("write.withheldWhy");
  if (typeof standing === "object") {
    const sizes = { pages: CHAPTER_CHARACTERS_MAX / PAGE_CHARACTERS, max: CHAPTER_CHARACTERS_MAX, length: lengthOf(refusal) };
    // To the hundred: nobody counts them, and others write on.
    return t("write.refusedFull", { ...sizes, room: Math.floor(standing.room / 100) * 100 });
  }
  const over = standing === "closed" ? undefined : overOf(words.reason);
  return over === undefined ? t("write.refusedWhy", { reason: problemOf(words.reason, t) }) : t(`write.refusedThen.${over}`);
}

/** What one can do with them. */
export function helpOf([words]: Refusal, standing: Standing, t: Words): string {
  return t(isWithheld(words) ? "write.withheldHelp" : `write.refusedHelp.${typeof standing === "object" ? "full" : standing}`);
}

/** The core's one id that is no number. */
const WITHHELD = "withheld";

/** Whether the chapter was closed before it was known whether these arrived. */
export function isWithheld({ id }: RefusedWords): boolean {
  return id === WITHHELD;
}

/** Refusals that say that one's right is not, or no longer, there. */
export const NO_RIGHT: ReadonlySet<string> = new Set(["not-allowed", "not-in-plan", "not-your-chapter", "live-text-withheld"]);

/** What the reason was, of one that holds no more for whoever may write there now. */
function overOf(reason: string): "frozen" | "noRight" | undefined {
  if (reason === "chapter-frozen") return "frozen";
  return NO_RIGHT.has(reason) ? "noRight" : undefined;
}
