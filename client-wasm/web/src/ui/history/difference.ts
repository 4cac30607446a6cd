// A difference between two moments of a text as what people read: colours per person, unchanged stretches folded,
// and the same changes in words. Pure; the words arrive as an argument.
import type { Say } from "../../i18n/words.ts";
import type { Actor, BlockStyle, Contribution, DifferenceBlock, DifferenceRun, StructureChange } from "../../api/types.ts";

/** How many people have a colour of their own. */
export const COLOURS = 8;

/** Unchanged lines shown before and after a change, so that one sees where it is. */
const CONTEXT_LINES = 1;

/** The same person for the same party is the same actor. */
export function actorKey(actor: Actor): string {
  return `${actor.person?.id ?? ""}/${actor.party?.id ?? ""}`;
}

/** The colour of each actor, in the order of who contributed. */
export function coloursOf(people: readonly Contribution[], blocks: readonly DifferenceBlock[]): ReadonlyMap<string, number> {
  const colours = new Map<string, number>();
  const give = (actor: Actor) => {
    const key = actorKey(actor);
    if (!colours.has(key)) colours.set(key, colours.size % COLOURS);
  };
  for (const { actor } of people) give(actor);
  for (const run of blocks.flatMap((block) => block.runs)) if (run.by !== null) give(run.by.actor);
  return colours;
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

function joinedShown(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    const last = joined.at(-1);
    if (last?.kind === "shown" && stretch.kind === "shown") joined[joined.length - 1] = { kind: "shown", blocks: [...last.blocks, ...stretch.blocks] };
    else joined.push(stretch);
  }
  return joined;
}

/** Neighbouring runs by one actor and of one kind as one, so that a sentence typed in pieces reads as one change. */
export function mergedRuns(runs: readonly DifferenceRun[]): { change: DifferenceRun["change"]; actor: Actor | null; runs: DifferenceRun[] }[] {
  const merged: { change: DifferenceRun["change"]; actor: Actor | null; runs: DifferenceRun[] }[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    const actor = run.by?.actor ?? null;
    const same = last !== undefined && last.change === run.change && keyOf(last.actor) === keyOf(actor);
    if (same) last.runs.push(run);
    else merged.push({ change: run.change, actor, runs: [run] });
  }
  return merged;
}

function keyOf(actor: Actor | null): string {
  return actor === null ? "" : actorKey(actor);
}

/** What happened in one line, one sentence for each thing. */
export function wordsOfBlock(block: DifferenceBlock, say: Say): string[] {
  const { t, who } = say;
  const nobody: Actor = { person: null, party: null };
  const runs = mergedRuns(block.runs).filter((run) => run.change !== "same");
  const sentences = runs
    .map(({ change, actor, runs: parts }) => ({ change, by: who(actor ?? nobody), text: parts.map((part) => part.text).join("") }))
    .filter(({ text }) => text !== "")
    .map(({ change, by, text }) => t(change === "inserted" ? "words.wrote" : "words.deleted", { who: by, text }));
  if (sentences.length === 0 && block.change === "inserted") sentences.push(t("words.lineAdded", { who: who(nobody) }));
  if (sentences.length === 0 && block.change === "deleted") sentences.push(t("words.lineRemoved", { who: who(nobody) }));
  return [...sentences, ...block.structure.map((change) => wordsOfStructure(change, say))];
}

function wordsOfStructure(change: StructureChange, say: Say): string {
  const { t } = say;
  const who = say.who(change.by?.actor ?? { person: null, party: null });
  const text = change.text ?? "";
  switch (change.what) {
    case "style":
      return t("words.style", { who, before: wordsOfStyle(change.before ?? null, say), after: wordsOfStyle(change.after ?? null, say) });
    case "split":
      return t("words.split", { who });
    case "joined":
      return t("words.joined", { who });
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
