// One line of a chapter's history as a sentence. Pure; the words arrive as an argument.
import type { Authorship, HistoryEntry, QuotedWords } from "../../api/types.ts";
import type { Credit, Say } from "../../i18n/words.ts";

/** "Fatima (Gemeente Aardal) en Jan (Zorggroep West) schreef". */
export function sentenceOf(entry: HistoryEntry, say: Say): string {
  return say.sentence(toldOf(entry, say));
}

function toldOf(entry: HistoryEntry, say: Say): string {
  const { t, who, list, moment } = say;
  const people = entry.people.length === 0 ? who({ person: null, party: null }) : list(entry.people.map(({ actor }) => who(actor)));
  switch (entry.kind) {
    case "work":
      return workOf(entry, say);
    case "created":
      return t("history.created", { who: people });
    case "imported":
      return t("history.imported", { who: people });
    case "renamed":
      return t("history.renamed", { who: people });
    case "stateChanged":
      return t(stateKey(entry), { who: people, version: entry.version ?? "" });
    case "restored": {
      if (entry.undoes != null) return t("history.undone", { who: people, when: moment(entry.undoes.at) });
      if (entry.restoredTo == null) return t("history.restoredSome", { who: people });
      const what = entry.sectionTitle == null ? t("history.restored", { who: people }) : t("history.restoredSection", { who: people, section: entry.sectionTitle });
      return entry.restoredAt == null ? what : `${what} ${t("history.restoredFrom", { when: moment(entry.restoredAt) })}`;
    }
    case "erased":
      return t("history.gone");
    default:
      return entry.kind satisfies never;
  }
}

/** Who wrote, and who brought in words that a program of theirs held: "Fatima schreef en Jan bracht met een eigen programma tekst in". */
function workOf({ people }: HistoryEntry, { t, who, list }: Say): string {
  const namesOf = (those: HistoryEntry["people"]) => list(those.map(({ actor }) => who(actor)));
  const brought = people.filter(({ source }) => source === "brought");
  const wrote = people.filter(({ source }) => source !== "brought");
  const told: string[] = [];
  if (wrote.length > 0) told.push(t("history.work", { who: namesOf(wrote), count: wrote.length }));
  if (brought.length > 0) told.push(t("history.broughtIn", { who: namesOf(brought), count: brought.length }));
  return told.length > 0 ? list(told) : t("history.work", { who: who({ person: null, party: null }), count: 1 });
}

function stateKey(entry: HistoryEntry) {
  switch (entry.state) {
    case "reading":
      return "history.stateReading";
    case "frozen":
      return entry.version == null ? "history.stateFrozen" : "history.stateFrozenAs";
    default:
      return "history.stateDrafting";
  }
}

/** "Laatst bewerkt door Fatima (Gemeente Aardal), vandaag", or that nobody wrote since it was taken from a document. */
export function lastEditedOf({ actor, source, at }: Authorship, { t, who, moment }: Say): string {
  return t(lastKey(source), { who: who(actor), when: moment(at) });
}

function lastKey(source: Authorship["source"]) {
  switch (source) {
    case "document":
      return "plan.lastImported";
    case "brought":
      return "plan.lastBrought";
    default:
      return "plan.lastEdited";
  }
}

/**
 * "“goede”, “dichtbij huis” en nog 2 plaatsen": changed words, place by place. Where somebody else took some out, each place
 * has its own writers behind it: "“goede”, geschreven door Jan (Zorggroep West); “dichtbij huis”".
 */
export function quotedOf({ excerpts, more }: QuotedWords, say: Say): string {
  const { t, list } = say;
  const quoted = excerpts.map(({ words, writtenBy }) => ({ quote: t("history.quote", { words: words.trim() }), writers: writersOf(writtenBy, say) }));
  const others = more === 0 ? [] : [t("history.morePlaces", { count: more })];
  if (quoted.every(({ writers }) => writers === "")) return list([...quoted.map(({ quote }) => quote), ...others]);
  return [...quoted.map(({ quote, writers }) => (writers === "" ? quote : `${quote}, ${writers}`)), ...others].join("; ");
}

/** "geschreven door Jan (Zorggroep West)"; empty where nobody is named. */
function writersOf(credits: readonly Credit[], { t, who, list }: Say): string {
  const writers = credits.filter(({ source }) => source === "writer" || source === "brought");
  const has = (source: Credit["source"]) => credits.some((credit) => credit.source === source);
  const told = writers.length === 0 ? [] : [t("history.wentOf", { who: list(writers.map(({ actor }) => who(actor))) })];
  if (has("startText")) told.push(t("history.wentOfStartText"));
  if (has("document")) told.push(t("history.wentOfDocument"));
  if (has("rewritten")) told.push(t("history.wentOfRewritten"));
  return list(told);
}

/** When the restores among these were: by that they are named where one is undone. */
export function restoreTimes(entries: readonly HistoryEntry[]): string[] {
  return entries.filter(({ kind }) => kind === "restored").map(({ endedAt }) => endedAt);
}

/** Whether the text itself changed in this entry, be it only a heading or a word in bold. */
export function changedText(entry: HistoryEntry): boolean {
  return entry.kind === "work" || entry.kind === "restored" || entry.kind === "imported";
}

/** Which restores another one took back, of entries newest first. One that was undone by an undone undo is in force. */
export function undoneOf(entries: readonly HistoryEntry[]): ReadonlySet<HistoryEntry> {
  const undone = new Set<HistoryEntry>();
  for (const entry of entries) {
    const position = entry.undoes?.position;
    // Whether this one is undone itself is known by now: what undoes is newer.
    if (position == null || undone.has(entry)) continue;
    const taken = entries.find(({ kind, fromPosition, toPosition }) => kind === "restored" && fromPosition < position && position <= toPosition);
    if (taken !== undefined) undone.add(taken);
  }
  return undone;
}

/** All characters that came in and went out. */
export function sizeOf(entry: HistoryEntry): { inserted: number; deleted: number } {
  return {
    inserted: entry.people.reduce((sum, each) => sum + each.insertedCharacters, 0),
    deleted: entry.people.reduce((sum, each) => sum + each.deletedCharacters, 0),
  };
}
