// What is said of a check, in plain sentences. Pure: the result and the words arrive as arguments.
import type { Verified } from "../../core/proofCheck.ts";
import type { Say } from "../../i18n/words.ts";
import type { Outcome } from "./device.ts";
import type { FailureCode, Names } from "./prove.ts";

/** Somebody and the party they acted for, by name. */
export interface Person {
  readonly name: string;
  readonly party: string;
}

/** What the sentence is made of beside the check itself. */
export interface Told {
  readonly witnesses: Names;
  /** Who did it, by name, where that is proved; null for the server itself. */
  readonly person: Person | null;
  readonly device: Outcome;
  /** Whether the line on the page holds more changes than the last one, which is what was checked. */
  readonly isLastOfMany: boolean;
  /** Whether the page says that the content was erased since. */
  readonly isErased: boolean;
  readonly at: string;
  readonly now: number;
}

/** How long after it was recorded a change is still on its way to the witnesses. */
const ON_ITS_WAY_MS = 120_000;

/** Whether there is no content to speak of any more: nothing can be said of its having changed. */
function isGone({ content }: Verified, { isErased }: Told): boolean {
  return isErased && content !== "asRecorded";
}

/** What was found, and then of what: "Deze regel klopt: er is achteraf niets aan veranderd. Vastgelegd op …, door Anna voor GGD …; meegetekend door … en …." */
export function sentenceOf(verified: Verified, told: Told, say: Say): string {
  const { t, list } = say;
  const parts = [recorded(verified, told, say)];
  const names = cosigners(verified, told.witnesses);
  if (names.length > 0) parts.push(t("proof.cosigned", { who: list(names) }));
  const closing = isGone(verified, told) ? "proof.erased" : "proof.unchanged";
  return t(closing, { parts: parts.join("; ") });
}

function recorded(verified: Verified, { person, at }: Told, { t, fullMoment, somebody }: Say): string {
  if (verified.time === "withheld") return t("proof.recordedOnly");
  const when = fullMoment(at);
  if (verified.person !== "asRecorded") return t("proof.recordedAt", { when });
  if (person === null) return t("proof.recordedByServer", { when });
  return t("proof.recordedBy", { when, person: somebody(person), party: person.party });
}

/** What the reader should know beside the sentence; nothing when all is as it should be. */
export function remarksOf(verified: Verified, told: Told, { t, list, fullMoment }: Say): string[] {
  const { sealed } = verified;
  const remarks: string[] = [];
  if (told.isLastOfMany) remarks.push(t("proof.lastOfMany"));
  const withheld = [verified.time, verified.person, verified.content].includes("withheld");
  if (isGone(verified, told)) {
    if (verified.time === "withheld" || verified.person === "withheld") remarks.push(t("proof.erasedLink"));
  } else if (withheld) remarks.push(t(withheldKey(verified)));
  if (told.witnesses.size === 0) remarks.push(t("proof.noWitnesses"));
  else if (!sealed.isMet && sealed.cosigned.length === 0 && told.now - Date.parse(told.at) < ON_ITS_WAY_MS) remarks.push(t("proof.notYet"));
  else if (!sealed.isMet) remarks.push(t("proof.notYetBy", { who: list(missing(verified, told.witnesses)) }));
  if (told.device.kind === "restored") remarks.push(t("proof.restored", { when: fullMoment(told.device.before.at) }));
  return remarks;
}

function withheldKey({ time, person }: Verified) {
  if (time === "withheld") return "proof.withheldAll" as const;
  return person === "withheld" ? ("proof.withheldPerson" as const) : ("proof.withheldContent" as const);
}

function cosigners({ sealed }: Verified, names: Names): string[] {
  return sealed.cosigned.map(({ id }) => names.get(id) ?? id);
}

function missing({ sealed }: Verified, names: Names): string[] {
  const signed = new Set(sealed.cosigned.map(({ id }) => id));
  return [...names].filter(([id]) => !signed.has(id)).map(([, name]) => name);
}

/** "De controle is mislukt: …. Meld dit aan het programmateam." */
export function failureOf(code: FailureCode, { t }: Say): string {
  return t("proof.failed", { why: t(`proof.fault.${code}`) });
}
