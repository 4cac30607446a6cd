// One thing that happened to the plan as a sentence. Pure; the words arrive as an argument.
import type { PlanEvent, Role } from "../../api/types.ts";
import type { Say } from "../../i18n/words.ts";
import nl from "../../i18n/nl.json";

type SentenceKey = keyof typeof nl.eventWords;

/** "Fatima (Gemeente Aardal) wijzigde afspraak Nachtzorg samen: doel". */
export function sentenceOf(event: PlanEvent, say: Say): string {
  const { t, who, person, list, sentence, byWay, moment } = say;
  const { details } = event;
  if (details.recovery !== undefined) return recoveryWords(details.recovery, say);
  const values = {
    who: who(event.actor),
    title: details.textOf?.title ?? event.subject.title ?? details.title ?? t("eventWords.something"),
    section: details.title ?? "",
    version: details.title ?? "",
    fields: list((details.fields ?? []).map(({ field }) => t(`fieldIn.${field}`))),
    person: details.person == null ? t("eventWords.somebody") : person(details.person),
    party: details.party?.name ?? "",
    role: details.role === undefined ? "" : roleWords(details.role, say),
  };
  if (details.undoes !== undefined) return sentence(t("eventWords.textRestoreUndone", { ...values, when: moment(details.undoes.at) }));
  const told = sentence(t(`eventWords.${keyOf(event)}`, values));
  // Of words the sentence says it itself.
  return event.subject.kind === "text" ? told : byWay(told, event.via);
}

/** When the restores of text among these were: by that they are named where one is undone. */
export function restoreTimes(events: readonly PlanEvent[]): string[] {
  return events.filter(isRestoreOfText).map(({ at }) => at);
}

/** What a recovery from a backup kept, and what is known to be lost. */
function recoveryWords(recovery: NonNullable<PlanEvent["details"]["recovery"]>, { t, moment }: Say): string {
  const date = moment(recovery.madeAt);
  if (recovery.lostCount === null) return t("eventWords.planRecovered", { date });
  if (recovery.lostCount === 0) return t("eventWords.planRecoveredAll", { date });
  return t("eventWords.planRecoveredLost", { date, count: recovery.lostCount });
}

/** Whether people want to know: how a text is kept is nothing that anybody did. */
export function isTold(event: PlanEvent): boolean {
  return !event.kind.startsWith("text.generation");
}

/** Whether one can ask to erase what it said: what was decided, as long as that is there. */
export function isErasable(event: PlanEvent): boolean {
  return event.erased === undefined && event.withheld === undefined && event.subject.kind !== "text" && event.subject.kind !== "erasure";
}

/** Whether earlier text of a chapter came back. */
export function isRestoreOfText(event: PlanEvent): boolean {
  return nameOf(event) === "text.restored";
}

/** The kind without its version. */
function nameOf({ kind }: PlanEvent): string {
  return kind.replace(/\/\d+$/, "");
}

/** "commitment.amended/1" → "commitmentAmended"; text changes by the way they came. */
function keyOf(event: PlanEvent): SentenceKey {
  // Of these the sentence itself would tell what is withheld.
  if (event.withheld !== undefined && event.subject.kind === "commitment") return "withheldCommitment";
  if (event.withheld !== undefined && event.subject.kind === "rights") return "withheldRights";
  const name = nameOf(event);
  // That something was made is still known of what it said first, and that text came back.
  if (event.erased !== undefined && !isRestoreOfText(event)) return name === "commitment.created" ? "commitmentCreated" : "erased";
  if (name === "text.changed") return textKey(event);
  // Beside the chapter it names the section that came back.
  if (isRestoreOfText(event) && event.details.title !== undefined) return "textRestoredSection";
  if (name === "chapter.frozen" && event.details.title !== undefined) return "chapterFrozenAs";
  const key = name.replaceAll(/[.-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const ofText = `${key}Of`;
  if (event.details.textOf !== undefined && isSentence(ofText)) return ofText;
  return isSentence(key) ? key : "other";
}

function textKey({ via }: PlanEvent): SentenceKey {
  switch (via) {
    case "import":
      return "textImported";
    case "token":
      return "textBrought";
    default:
      return "text";
  }
}

function isSentence(key: string): key is SentenceKey {
  return Object.hasOwn(nl.eventWords, key);
}

/** The name of a role. */
export function roleWords(role: Role, { t }: Say): string {
  return t(`role.${role}`);
}

/** Where one reads more about what happened: a page of the plan. */
export function pageOf(event: PlanEvent): string | null {
  const { kind, id } = event.details.textOf ?? event.subject;
  if (id === null || event.withheld !== undefined) return null;
  switch (kind) {
    case "commitment":
      return `afspraken/${id}#wie-wijzigde-wat`;
    case "chapter":
      return `hoofdstukken/${id}/geschiedenis`;
    case "text":
      return event.firstPosition > 0 ? `hoofdstukken/${id}/geschiedenis/${event.firstPosition - 1}/${event.position}${shareIn(event)}` : `hoofdstukken/${id}/geschiedenis`;
    case "rights":
      return "mensen";
    case "plan":
    case "erasure":
      return null;
    default:
      return kind satisfies never;
  }
}

/**
 * Why a line about words leads to no page, for who may not read what changed; of what was erased the line says that
 * itself, and so does the sentence of anything else that one may not read.
 */
export function whyNotRead({ subject, withheld, erased }: PlanEvent, { t }: Say): string | null {
  if (subject.kind !== "text" || withheld === undefined || erased !== undefined) return null;
  switch (withheld) {
    case "history-not-offered":
      return t("events.beforeOffer");
    case "history-erased":
      return t("problem.history-erased");
    default:
      return t("events.notRead");
  }
}

/** The line is about one person's words: theirs stand foremost among what changed then. Nobody wrote what came out of a document. */
function shareIn({ actor: { person, party }, via }: PlanEvent): string {
  return person === null || party === null || via === "import" ? "" : `?wie=${person.id}&organisatie=${party.id}`;
}
