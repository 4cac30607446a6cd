// A difference between two moments of a text as what people read: colours per person, unchanged stretches folded,
// and the same changes in words. Pure; the words arrive as an argument.
import type { Credit, Say } from "../../i18n/words.ts";
import type { Actor, Authorship, BlockStyle, ChapterDifference, DifferenceBlock, DifferenceRun, StructureChange } from "../../api/types.ts";

/** Unchanged lines shown before and after a change, so that one sees where it is. */
const CONTEXT_LINES = 1;

/** The same person for the same party is the same actor. */
export function actorKey(actor: Actor): string {
  return `${actor.person?.id ?? ""}/${actor.party?.id ?? ""}`;
}

/** Words of one key are credited together: to a person for a party, or to what nobody here wrote. */
export function creditKey({ actor, source }: Credit): string {
  if (source === "writer") return actorKey(actor);
  return source === "brought" ? `brought ${actorKey(actor)}` : source;
}

/** Words that one wrote and another took out between the two texts, as a sentence. */
export function wordsOfPassing({ text, written, deleted }: ChapterDifference["passing"][number], { t, credit }: Say): string {
  return t("words.passing", { who: credit(deleted), writer: credit(written), text: quotable(text) });
}

/** Words as they are quoted: without the space around them, unless there is nothing else. */
function quotable(text: string): string {
  return text.trim() || text;
}

/** The number that each item of a numbered list has; paragraphs inside an item do not end its list. */
export function numbersOf(styles: readonly BlockStyle[]): (number | null)[] {
  const counts: number[] = [];
  return styles.map(({ type, depth }) => {
    counts.length = Math.min(counts.length, depth + 1);
    if (type !== "orderedListItem") {
      counts.length = Math.min(counts.length, depth);
      return null;
    }
    counts[depth] = (counts[depth] ?? 0) + 1;
    return counts[depth];
  });
}

/** A stretch of a difference: lines to show, or how many unchanged lines are folded away. */
export type Stretch =
  | { readonly kind: "shown"; readonly blocks: readonly DifferenceBlock[] }
  | { readonly kind: "folded"; readonly blocks: readonly DifferenceBlock[] };

/** Whether anything happened to a line or in it. */
export function isChanged(block: DifferenceBlock): boolean {
  return block.change !== "same" || block.structure.length > 0 || block.runs.some((run) => run.change !== "same");
}

/** Folds unchanged lines away, except those next to a change and single ones. */
export function stretchesOf(blocks: readonly DifferenceBlock[]): Stretch[] {
  const near = blocks.map((_, index) => blocks.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some(isChanged));
  const stretches: Stretch[] = [];
  let start = 0;
  for (let end = 1; end <= blocks.length; end += 1) {
    if (end < blocks.length && near[end] === near[start]) continue;
    const part = blocks.slice(start, end);
    stretches.push({ kind: near[start] === true || part.length === 1 ? "shown" : "folded", blocks: part });
    start = end;
  }
  return joinedShown(stretches);
}

/** What changed under one heading. */
export interface ChangedSection {
  /** The words of the heading nearest above; null above the first one. */
  readonly heading: string | null;
  readonly blocks: readonly DifferenceBlock[];
}

/** The lines that changed, by the heading they stand under. A heading that went is one only to what went with it. */
export function changedSections(blocks: readonly DifferenceBlock[]): ChangedSection[] {
  const sections: { heading: string | null; blocks: DifferenceBlock[] }[] = [];
  let [stands, went]: (string | null)[] = [null, null];
  for (const block of blocks) {
    if (block.style.type === "heading") {
      went = wordsOf(block);
      if (block.change !== "deleted") stands = went;
    }
    if (!isChanged(block)) continue;
    const heading = (block.change === "deleted" ? went : stands) ?? null;
    const last = sections.at(-1);
    if (last !== undefined && last.heading === heading) last.blocks.push(block);
    else sections.push({ heading, blocks: [block] });
  }
  return sections;
}

/** The words of a line as it stands; of one that went, as it stood. */
function wordsOf({ change, runs }: DifferenceBlock): string {
  return runs.map((run) => (run.change === "deleted" && change !== "deleted" ? "" : run.text)).join("");
}

function joinedShown(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    const last = joined.at(-1);
    if (last?.kind === "shown" && stretch.kind === "shown") joined[joined.length - 1] = { kind: "shown", blocks: [...last.blocks, ...stretch.blocks] };
    else joined.push(stretch);
  }
  return joined;
}

/** Words that one actor wrote, took out or brought back. */
interface Fate {
  readonly change: DifferenceRun["change"];
  readonly by: Authorship | null;
  /** Who had written what somebody else brought back or took out. */
  readonly written: Authorship | null;
}

/** Neighbouring runs by one actor and of one kind as one, so that a sentence typed in pieces reads as one change. */
export function mergedRuns(runs: readonly DifferenceRun[]): (Fate & { readonly runs: DifferenceRun[] })[] {
  const merged: (Fate & { readonly runs: DifferenceRun[] })[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    const { change, by, written } = run;
    const same = last !== undefined && last.change === change && keyOf(last.by) === keyOf(by) && keyOf(last.written) === keyOf(written);
    if (same) last.runs.push(run);
    else merged.push({ change, by, written, runs: [run] });
  }
  return merged;
}

function keyOf(by: Credit | null): string {
  return by === null ? "" : creditKey(by);
}

/** What happened in one line, one sentence for each thing. */
export function wordsOfBlock(block: DifferenceBlock, say: Say): string[] {
  const { t } = say;
  const sentences = changesOf(block).map((change) => seen(sentenceOf(change, say), change.text, t));
  return [...sentences, ...block.structure.map((change) => wordsOfStructure(change, say))];
}

/** A sentence in which nothing but space is quoted names it: between two quotes nobody sees it. */
function seen(sentence: string, text: string, t: Say["t"]): string {
  return text.trim() === "" ? sentence.replace(`“${text}”`, t("words.space", { count: text.length })) : sentence;
}

function sentenceOf({ change, by, written, text }: Fate & { readonly text: string }, { t, who, credit }: Say): string {
  if (by !== null && written !== null) {
    const isOfSomebody = written.source === "writer";
    const key = change === "inserted" ? (isOfSomebody ? "words.putBackOf" : "words.putBack") : isOfSomebody ? "words.passing" : "words.deletedOf";
    return t(key, { who: credit(by), writer: credit(written), text });
  }
  if (change === "inserted" && by?.source === "document") return t("words.imported", { text });
  if (change === "inserted" && by?.source === "brought") return t("words.brought", { who: who(by.actor), text });
  return t(change === "inserted" ? "words.wrote" : "words.deleted", { who: by === null ? who(nobody) : credit(by), text });
}

const nobody: Actor = { person: null, party: null };

/** The words that came and went in a line, in its order. */
function changesOf(block: DifferenceBlock): (Fate & { readonly text: string })[] {
  return mergedRuns(block.runs)
    .filter((run) => run.change !== "same")
    .map(({ runs, ...fate }) => ({ ...fate, text: quotable(runs.map((run) => run.text).join("")) }))
    .filter(({ text }) => text !== "");
}

/** What a restore would do to one line: what comes back and what disappears, without whose it was. */
export function wordsOfRestoredBlock(block: DifferenceBlock, say: Say): string[] {
  const { t } = say;
  const sentences = changesOf(block).map(({ change, text }) => seen(t(change === "inserted" ? "restore.comesBack" : "restore.disappears", { text }), text, t));
  return [...sentences, ...block.structure.map((change) => wordsOfRestoredStructure(change, say))];
}

function wordsOfRestoredStructure(change: StructureChange, say: Say): string {
  const { t } = say;
  switch (change.what) {
    case "style":
      return t("restore.style", { before: wordsOfStyle(change.before ?? null, say), after: wordsOfStyle(change.after ?? null, say) });
    case "split":
      return t("restore.split");
    case "joined":
      return t("restore.joined");
    case "added":
      return t("restore.lineComesBack");
    case "removed":
      return t("restore.lineDisappears");
    case "markAdded":
    case "markRemoved":
      return t("restore.mark", { text: quotable(change.text ?? "") });
    default:
      return change.what satisfies never;
  }
}

/** All characters that come back and that disappear. */
export function sizeOfRestore({ insertedCharacters, deletedCharacters }: { insertedCharacters: number; deletedCharacters: number }, { t }: Say): string {
  return `${t("restore.countComesBack", { count: insertedCharacters })}, ${t("restore.countDisappears", { count: deletedCharacters })}`;
}

function wordsOfStructure(change: StructureChange, say: Say): string {
  const { t } = say;
  const who = change.by === null ? say.who(nobody) : say.credit(change.by);
  const text = quotable(change.text ?? "");
  switch (change.what) {
    case "style":
      return t("words.style", { who, before: wordsOfStyle(change.before ?? null, say), after: wordsOfStyle(change.after ?? null, say) });
    case "split":
      return t("words.split", { who });
    case "joined":
      return t("words.joined", { who });
    case "added":
      return t("words.lineAdded", { who });
    case "removed":
      return t("words.lineRemoved", { who });
    case "markAdded":
    case "markRemoved":
      return t(markKey(change.mark?.type ?? "strong", change.what), { who, text });
    default:
      return change.what satisfies never;
  }
}

function markKey(mark: "strong" | "em" | "link", what: "markAdded" | "markRemoved") {
  const added = what === "markAdded";
  switch (mark) {
    case "strong":
      return added ? "words.strongAdded" : "words.strongRemoved";
    case "em":
      return added ? "words.emAdded" : "words.emRemoved";
    case "link":
      return added ? "words.linkAdded" : "words.linkRemoved";
    default:
      return mark satisfies never;
  }
}

/** "een kop van niveau 2". */
export function wordsOfStyle(style: BlockStyle | null, { t }: Say): string {
  return t(`words.block.${style?.type ?? "paragraph"}`, { level: style?.level ?? 1 });
}
