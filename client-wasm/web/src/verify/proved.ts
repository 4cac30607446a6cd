// Draws what the proof of one event says: where it stands and under whose signatures, and what of it is shown.
//
// Why it says what is missing too: a proof names a plan and a person by number only, and its keys are its own.
import type { Change, Proved, ProvedEvent, Unproved } from "../core/exportCheck.ts";
import { element, headed, number, paragraphs, time } from "./elements.ts";
import { FOR_PROGRAMS, kindWords } from "./kinds.ts";
import { changeList, cosigners, valueText, version } from "./view.ts";
import { filled, type Language, proofFaultWords, streamWords, term, WORDS } from "./words.ts";

/** What stands in the place of the answer for a proof that holds. */
export function provedBox(proved: Proved, language: Language): HTMLElement {
  const words = WORDS[language];
  const heading = proved.isKeyTrusted ? words.proofGood : words.proofByItself;
  const said = words[proved.isKeyTrusted ? "keyTrusted" : "keyClaimed"];
  const keys = proved.keys.map((key) => element("p", "", `${said} `, element("code", "", key)));
  const content = proved.event === null ? [] : contentOf(proved.event, language);
  return headed("verdict verdict--good", heading, ...paragraphs(provedSentences(proved, language)), ...content, ...keys, ...paragraphs(cosigners(proved.cosigned, language)));
}

/** The sentences above the signatures. */
export function provedSentences({ plan, position, size, isKeyTrusted, event }: Proved, language: Language): string[] {
  const words = WORDS[language];
  const sentences = [filled(words.proofPlace, { position: number(position, language), size: number(size, language) })];
  if (event === null) sentences.push(words.proofHidden);
  else {
    const { kind, stream } = event;
    const what = kindWords(language, kind) ?? filled(words.proofOther, { what: streamWords(language, stream), kind });
    sentences.push(filled(words.proofAt, { at: time(event.at, language), what }));
    sentences.push(filled(words.proofWho, { actor: number(event.actorPosition, language) }));
    if (event.contentBytes === null) sentences.push(words.proofNoContent);
    else if (event.content === null) sentences.push(filled(words.proofBytes, { bytes: number(event.contentBytes, language) }));
  }
  sentences.push(filled(words.proofPlan, { plan }));
  if (!isKeyTrusted) sentences.push(words.proofClaimed);
  return sentences;
}

/** What it says, as it was recorded: changes field by field, or each part by its name. */
function contentOf({ content }: ProvedEvent, language: Language): HTMLElement[] {
  if (content === null) return [];
  const { changes, parts } = partsOf(content, language);
  const fields = element("dl");
  for (const [name, value] of parts) fields.append(element("dt", "", name), element("dd", "", value));
  return [...(changes.length > 0 ? [changeList(changes, {}, language, false)] : []), ...(parts.length > 0 ? [fields] : [])];
}

/** The changes of fields in a content, and its other parts with what they are called; without what only a program can read. */
export function partsOf(content: NonNullable<ProvedEvent["content"]>, language: Language): { readonly changes: readonly Change[]; readonly parts: readonly [string, string][] } {
  const { changes, content: first, ...rest } = content;
  const parts = Object.entries({ ...(isRecord(first) ? first : {}), ...rest }).filter(([name]) => !FOR_PROGRAMS.has(name));
  return {
    changes: Array.isArray(changes) ? changes.filter(isChange) : [],
    parts: parts.map(([name, value]) => [term(language, name), name === "to" && typeof value === "number" ? version(value, language) : valueText(value, {}, language)]),
  };
}

function isChange(value: unknown): value is Change {
  return isRecord(value) && typeof value["field"] === "string";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same for a proof that does not hold. */
export function unprovedBox({ code, said }: Unproved, language: Language): HTMLElement {
  const words = WORDS[language];
  return headed("verdict verdict--bad", words.proofBad, ...paragraphs([proofFaultWords(language, code, said), words.proofBadNothing]));
}
