// Draws what an export says: the verdict in sentences, then the register with its change logs. Plain elements, text only.
import type { Agreement, Change, Changed, Fault, Sealed, Summary } from "../core/exportCheck.ts";
import { element, headed, locale, number, paragraphs, time } from "./elements.ts";
import { FOR_PROGRAMS } from "./kinds.ts";
import { faultWords, filled, type Language, term, WORDS } from "./words.ts";

/** Whether the file was never an export, of which nothing bad is to be said; with a mark of ours it is one. */
export function isForeign({ kind, line }: Fault): boolean {
  if (kind.code === "otherFormat") return !kind.found?.startsWith("schrijftafel");
  return kind.code === "notAnExport" || (kind.code === "lineTooLong" && line <= 1);
}

/** What is wrong with it, or that it is no export. */
export function faultBox(fault: Fault, language: Language): HTMLElement {
  const words = WORDS[language];
  if (isForeign(fault)) return headed("verdict", words.foreign, ...paragraphs([words.foreignChoose]));
  const place = fault.position === null ? words.badLine : words.badAt;
  const sentences = [filled(place, { position: number(fault.position ?? 0, language), line: number(fault.line, language) }), faultWords(language, fault.kind.code, fault.said), words.badNothing];
  return headed("verdict verdict--bad", words.bad, ...paragraphs(sentences));
}

/** That it holds together, and by whose word. */
export function verdict(summary: Summary, language: Language): HTMLElement {
  const words = WORDS[language];
  const counts = { size: number(summary.size, language), shown: number(summary.shown, language) };
  const sentences = [filled(summary.isWhole ? words.whole : words.part, counts)];
  if (summary.firstAt && summary.lastAt) sentences.push(filled(words.period, { first: time(summary.firstAt, language), last: time(summary.lastAt, language) }));
  sentences.push(filled(words.made, { at: time(summary.madeAt, language), program: summary.program }));
  const lacking = (["erased", "unlinked", "withheld"] as const).filter((kind) => summary[kind] > 0);
  const lacks = lacking.map((kind) => filled(words[kind], { count: number(summary[kind], language) }));
  if (summary.odditiesCount > 0) lacks.push(filled(words.odd, { count: number(summary.odditiesCount, language) }));
  const signed = summary.seal ? signatures(summary.seal, summary.size, language) : paragraphs([words.unsigned]);
  if (summary.seal && !summary.seal.isKeyTrusted) sentences.push(words.byItself);
  const title = element("p", "plan", summary.title ?? summary.origin);
  return headed("verdict verdict--good", headline(summary, language), title, ...paragraphs(sentences), ...signed, ...paragraphs(lacks));
}

/** No more than is proved: only a key that the reader knows makes a file that nobody can have made anew. */
function headline({ seal, size }: Summary, language: Language): string {
  const words = WORDS[language];
  if (!seal?.isKeyTrusted) return words.goodByItself;
  return seal.size === size ? words.good : filled(words.goodUntil, { size: number(seal.size, language) });
}

/** Who cosigned, in a sentence each. */
export function cosigners(cosigned: Sealed["cosigned"], language: Language): string[] {
  const words = WORDS[language];
  const told = cosigned.map(({ id, atSeconds, isTrusted }) =>
    filled(isTrusted ? words.cosigned : words.cosignedClaimed, { who: id, at: time(new Date(atSeconds * 1_000).toISOString(), language) }),
  );
  return told.length > 0 ? told : [words.notCosigned];
}

function signatures(seal: Sealed, size: number, language: Language): HTMLElement[] {
  const words = WORDS[language];
  const until = seal.until ? time(seal.until, language) : "…";
  const part = { size: number(seal.size, language), until, rest: number(size - seal.size, language) };
  const key = element("p", "", `${seal.isKeyTrusted ? words.keyTrusted : words.keyClaimed} `, element("code", "", seal.key));
  return [...paragraphs([seal.size === size ? words.signedAll : filled(words.signedPart, part)]), key, ...paragraphs(cosigners(seal.cosigned, language))];
}

/** Its agreements with their change logs. */
export function register(summary: Summary, language: Language): HTMLElement {
  const words = WORDS[language];
  const heading = summary.isWhole ? words.register : words.registerPart;
  if (summary.register.length === 0) return headed("register", heading, ...paragraphs([words.noRegister]));
  return headed("register", heading, element("p", "meta", words.noPersons), ...summary.register.map((agreement) => agreementBox(agreement, summary.names, language)));
}

type Names = Summary["names"];

function agreementBox(agreement: Agreement, names: Names, language: Language): HTMLElement {
  const words = WORDS[language];
  const title = typeof agreement.content?.["title"] === "string" ? agreement.content["title"] : words.untitled;
  const fields = element("dl");
  for (const [field, value] of Object.entries(agreement.content ?? {})) {
    const told = valueText(value, names, language);
    if (field !== "title" && told !== words.empty) fields.append(element("dt", "", term(language, field)), element("dd", "", told));
  }
  const log = element("details", "", element("summary", "", `${words.history} (${number(agreement.changes.length, language)})`));
  log.append(element("ol", "", ...agreement.changes.map((changed) => entry(changed, names, language))));
  const missing = agreement.missing.length > 0 ? paragraphs([filled(words.missing, { count: number(agreement.missing.length, language) })]) : [];
  return element("article", "card", element("h3", "", title), fields, ...missing, log);
}

function entry(changed: Changed, names: Names, language: Language): HTMLElement {
  const words = WORDS[language];
  const to = { to: changed.restoredTo === null || changed.restoredTo === undefined ? "" : version(changed.restoredTo, language), reason: changed.reason ?? "" };
  const cause = changed.cause === "erased" ? words.changeErased : words[changed.cause];
  const about = { cause: filled(cause, to), at: time(changed.at, language), party: changed.partyName ?? "", position: number(changed.position, language) };
  const item = element("li", "", element("p", "who", filled(changed.partyName ? words.forParty : words.noParty, about)));
  item.append(changeList(changed.changes, names, language, changed.cause === "created"));
  return item;
}

/** The number of a version as people count them, as the list of changes does: the first one is 1. */
export function version(revision: number, language: Language): string {
  return number(revision + 1, language);
}

/** Changes field by field; of a first content there is nothing that was. */
export function changeList(changes: readonly Change[], names: Names, language: Language, isFirst: boolean): HTMLElement {
  const words = WORDS[language];
  const list = element("ul");
  for (const change of changes) {
    const [was, became] = [valueText(change.old, names, language), valueText(change.new, names, language)];
    const told = element("li", "", element("strong", "", term(language, change.field)), ": ");
    if (!isFirst) told.append(`${words.was} `, element("del", "", was), `, ${words.became} `);
    told.append(element("ins", "", became));
    list.append(told);
  }
  return list;
}

/** A value as a reader reads it: ids by their names, lists with commas, parts with their labels. */
export function valueText(value: unknown, names: Names, language: Language): string {
  if (value === null || value === undefined || value === "") return WORDS[language].empty;
  if (Array.isArray(value)) {
    const parts = value.map((part) => valueText(part, names, language));
    return parts.length > 0 ? parts.join("; ") : WORDS[language].empty;
  }
  if (typeof value === "object") {
    const told = Object.entries(value).filter(([label, part]) => part !== null && !FOR_PROGRAMS.has(label));
    return told.map(([label, part]) => `${term(language, label)}: ${amount(label, part, language) ?? valueText(part, names, language)}`).join(", ");
  }
  const text = String(value);
  const code = CODE.exec(text)?.[1];
  if (names[text] === undefined && code !== undefined) return filled(WORDS[language].code, { code });
  return names[text] ?? (/^[a-z]+$/.test(text) ? term(language, text) : text);
}

/** By what a file names who and what it gives no name of: enough of it to tell one from another. */
const CODE = /^([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function amount(label: string, cents: unknown, language: Language): string | undefined {
  if (label !== "amountCents" || typeof cents !== "number") return undefined;
  return new Intl.NumberFormat(locale(language), { style: "currency", currency: "EUR" }).format(cents / 100);
}
