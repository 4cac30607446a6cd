// Draws what the proof of one event says: where it stands and under whose signatures, and what of it is shown.
//
// Why it says what is missing too: a proof names a plan and a person by number only, and its keys are its own.
import type { Proved, ProvedEvent, Unproved } from "../core/exportCheck.ts";
import { element, headed, number, paragraphs, time } from "./elements.ts";
import { changeList, cosigners, valueText } from "./view.ts";
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
    sentences.push(filled(words.proofAt, { at: time(event.at, language), what: streamWords(language, event.stream), kind: event.kind }));
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
  const { changes, content: first, ...rest } = content;
  const parts = Object.entries({ ...(isRecord(first) ? first : {}), ...rest });
  const fields = element("dl");
  for (const [name, value] of parts) fields.append(element("dt", "", term(language, name)), element("dd", "", valueText(value, {}, language)));
  return [...(Array.isArray(changes) ? [changeList(changes, {}, language, false)] : []), ...(parts.length > 0 ? [fields] : [])];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same for a proof that does not hold. */
export function unprovedBox({ code, said }: Unproved, language: Language): HTMLElement {
  const words = WORDS[language];
  return headed("verdict verdict--bad", words.proofBad, ...paragraphs([proofFaultWords(language, code, said), words.proofBadNothing]));
}
