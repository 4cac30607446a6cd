// What the page says, in Dutch and English. Apart from the application's words: the page is one file that loads nothing.
import * as en from "../i18n/en.json";
import * as nl from "../i18n/nl.json";
import { PARTS } from "./kinds.ts";

export type Language = "nl" | "en";

/** Names of a commitment's fields, of their parts and their values, as the application has them. */
const terms = {
  nl: { ...nl.money, ...nl.precondition, ...nl.scale, ...nl.result, ...nl.field, amountCents: "Bedrag" },
  en: { ...en.money, ...en.precondition, ...en.scale, ...en.result, ...en.field, amountCents: "Amount" },
} as const;

/** A field, a part of one or a value by its name in the file; the name itself where there is no word for it. */
export function term(language: Language, name: string): string {
  return (terms[language] as Readonly<Record<string, string>>)[name] ?? PARTS[language][name] ?? name;
}

const DUTCH = {
  title: "Een export of bewijs controleren",
  lead: "Kies een exportbestand van Schrijftafel, of een bewijs dat u bij een wijziging hebt opgeslagen. Uw computer controleert het zelf: het bestand wordt nergens heen gestuurd, en deze pagina heeft geen internet nodig.",
  keep: "Bewaar deze pagina",
  keepHint: "Zo kunt u ook zonder server controleren.",
  choose: "Exportbestand of bewijs",
  chosen: "Gekozen: {name}",
  drop: "Of sleep het bestand hierheen.",
  keys: "Ik heb sleutels om mee te vergelijken",
  keysHint: "Eén sleutel per regel (vkey), van de server of van een getuige. Neem ze niet over uit het bestand zelf.",
  again: "Controleer opnieuw",
  busy: "Bezig met controleren…",
  progress: "{events} gebeurtenissen gecontroleerd ({share})",
  stopped: "Gestopt bij de eerste fout; {events} gebeurtenissen daarvoor zijn gecontroleerd.",
  good: "Dit bestand is niet gewijzigd.",
  goodUntil: "De eerste {size} gebeurtenissen in dit bestand zijn niet gewijzigd.",
  goodByItself: "Dit bestand klopt in zichzelf.",
  byItself: "Of iemand het hele bestand opnieuw heeft gemaakt, weet u pas als u een sleutel opgeeft die u ergens anders vandaan hebt.",
  whole: "{size} gebeurtenissen, elk zoals het is vastgelegd en op zijn plaats; er ontbreekt er geen.",
  part: "{shown} van {size} gebeurtenissen, elk zoals het is vastgelegd en op zijn plaats.",
  period: "Vastgelegd van {first} tot en met {last}.",
  made: "Geëxporteerd op {at} door {program}, zegt het bestand zelf: dat is geen deel van het bewijs.",
  unsigned: "Niet ondertekend. Het bestand klopt in zichzelf, maar niemand staat ervoor in dat dit de enige geschiedenis van het plan is.",
  signedAll: "Ondertekend door de server, voor alle gebeurtenissen.",
  signedPart: "Ondertekend door de server voor de eerste {size} gebeurtenissen, tot en met {until}; de {rest} daarna nog niet.",
  keyTrusted: "Met een sleutel die u opgaf:",
  keyClaimed: "Met een sleutel die alleen in het bestand staat. Vergelijk hem met een die u kent:",
  cosigned: "Meegetekend door {who} op {at}, een getuige die u opgaf.",
  cosignedClaimed: "Meegetekend door {who} op {at}, een getuige die alleen in het bestand staat.",
  notCosigned: "Geen getuige heeft meegetekend.",
  erased: "Van {count} gebeurtenissen is de inhoud gewist of weggenomen.",
  withheld: "Van {count} gebeurtenissen is de inhoud niet getoond, omdat wie exporteerde er geen recht op heeft.",
  unlinked: "Van {count} daarvan is alleen bewezen dat er iets stond, niet wat, wanneer of door wie.",
  odd: "{count} gebeurtenissen zijn bewezen, maar deze pagina kent ze niet of ze passen niet op wat ervoor kwam.",
  foreign: "Dit is een ander soort bestand.",
  foreignChoose: "Kies het bestand dat u met ‘Download alle gegevens’ hebt opgeslagen (eindigt op .jsonl), of met ‘Bewijs opslaan’ (eindigt op .json).",
  bad: "Dit bestand klopt niet.",
  badAt: "De eerste fout zit bij gebeurtenis {position} (regel {line}).",
  badLine: "De eerste fout zit op regel {line}.",
  badNothing: "Over de rest van het bestand zeggen we niets: gebruik het niet als bewijs.",
  proofGood: "Deze gebeurtenis staat in de ondertekende geschiedenis en is niet gewijzigd.",
  proofByItself: "Dit bewijs klopt in zichzelf.",
  proofPlace: "Gebeurtenis {position} van het plan. Ze staat op haar plaats in de lijst van {size} gebeurtenissen die de server heeft ondertekend.",
  proofAt: "Vastgelegd op {at}: {what}.",
  proofOther: "een gebeurtenis over {what} ({kind})",
  proofWho: "Wie het deed staat in gebeurtenis {actor} van het plan. Dit bestand noemt geen naam: die stond op de pagina waar u het opsloeg.",
  proofHidden: "Wat het is, wanneer en door wie is hier niet te zien: wie het bewijs opsloeg heeft er geen recht op, of het is gewist.",
  proofNoContent: "De inhoud is hier niet te zien: wie het bewijs opsloeg heeft er geen recht op, of ze is gewist.",
  proofBytes: "De inhoud is een wijziging van tekst ({bytes} bytes), die hier niet als woorden te lezen is.",
  proofPlan: "Het plan staat er met zijn nummer in, niet met zijn titel: {plan}.",
  proofClaimed: "Of het de server van dit plan was die ondertekende, weet u pas als u een sleutel opgeeft die u ergens anders vandaan hebt.",
  proofBad: "Dit bewijs klopt niet.",
  proofBadNothing: "Gebruik het niet.",
  register: "De afspraken, zoals de gebeurtenissen ze maken",
  registerPart: "De afspraken, voor zover de selectie ze laat zien",
  noRegister: "Er staan geen afspraken in dit bestand.",
  noPersons: "Personen staan hier niet bij naam: het bestand noemt alleen hun nummer, zodat een naam gewist kan worden zonder dat er in de geschiedenis iets verandert.",
  untitled: "Afspraak zonder titel",
  missing: "Van {count} wijzigingen is de inhoud weg; wat hier staat kan daardoor iets missen.",
  history: "Wie wijzigde wat",
  created: "Gemaakt",
  amended: "Gewijzigd",
  restored: "Teruggezet naar versie {to}: {reason}",
  restated: "Opnieuw vastgelegd omdat eerdere inhoud gewist is",
  changeErased: "Gewijzigd; wat er stond is gewist",
  forParty: "{cause} op {at} voor {party} (gebeurtenis {position})",
  noParty: "{cause} op {at} (gebeurtenis {position})",
  was: "was",
  became: "werd",
  empty: "leeg",
  code: "nummer {code}…",
  notAKey: "Dit is geen sleutel: {what}",
  badKeys: "Deze sleutels gaan niet samen: geef elke sleutel één keer, en niet meer dan een plan er kan hebben.",
  unreadable: "Het bestand is niet te lezen. Kies het opnieuw.",
  problem: "De controle kon niet beginnen: {what}",
  other: "English",
} as const;

export type Words = Readonly<Record<keyof typeof DUTCH, string>>;

const ENGLISH: Words = {
  title: "Check an export or a proof",
  lead: "Choose an export file of Schrijftafel, or a proof that you saved beside a change. Your own computer checks it: the file is sent nowhere, and this page needs no internet.",
  keep: "Keep this page",
  keepHint: "So you can check without the server too.",
  choose: "Export file or proof",
  chosen: "Chosen: {name}",
  drop: "Or drop the file here.",
  keys: "I have keys to compare with",
  keysHint: "One key a line (vkey), of the server or of a witness. Do not take them from the file itself.",
  again: "Check again",
  busy: "Checking…",
  progress: "{events} events checked ({share})",
  stopped: "Stopped at the first fault; {events} events before it were checked.",
  good: "This file was not changed.",
  goodUntil: "The first {size} events in this file were not changed.",
  goodByItself: "This file holds together.",
  byItself: "Whether somebody made the whole file anew you only know once you give a key that you have from elsewhere.",
  whole: "{size} events, each as it was recorded and in its place; none is missing.",
  part: "{shown} of {size} events, each as it was recorded and in its place.",
  period: "Recorded from {first} to {last}.",
  made: "Exported on {at} by {program}, says the file itself: that is no part of the proof.",
  unsigned: "Not signed. The file holds together, but nobody vouches that this is the plan's only history.",
  signedAll: "Signed by the server, for all events.",
  signedPart: "Signed by the server for the first {size} events, until {until}; not yet for the {rest} after them.",
  keyTrusted: "With a key that you gave:",
  keyClaimed: "With a key that only the file names. Compare it with one you know:",
  cosigned: "Cosigned by {who} on {at}, a witness that you gave.",
  cosignedClaimed: "Cosigned by {who} on {at}, a witness that only the file names.",
  notCosigned: "No witness cosigned.",
  erased: "The content of {count} events was erased or taken out.",
  withheld: "The content of {count} events is not shown, because whoever exported has no right to it.",
  unlinked: "Of {count} of these it is only proved that something stood there, not what, when or by whom.",
  odd: "{count} events are proved, but this page does not know them or they do not fit what came before.",
  foreign: "This is another kind of file.",
  foreignChoose: "Choose the file that you saved with ‘Download all data’ (ends in .jsonl), or with ‘Save the proof’ (ends in .json).",
  bad: "This file is not right.",
  badAt: "The first fault is at event {position} (line {line}).",
  badLine: "The first fault is on line {line}.",
  badNothing: "Nothing is said of the rest of the file: do not use it as proof.",
  proofGood: "This event stands in the signed history and was not changed.",
  proofByItself: "This proof holds together.",
  proofPlace: "Event {position} of the plan. It stands in its place in the list of {size} events that the server signed.",
  proofAt: "Recorded on {at}: {what}.",
  proofOther: "an event about {what} ({kind})",
  proofWho: "Who did it stands in event {actor} of the plan. This file gives no name: it stood on the page where you saved it.",
  proofHidden: "What it is, when and by whom cannot be seen here: whoever saved the proof has no right to it, or it was erased.",
  proofNoContent: "The content cannot be seen here: whoever saved the proof has no right to it, or it was erased.",
  proofBytes: "The content is a change of text ({bytes} bytes), which cannot be read as words here.",
  proofPlan: "The plan stands in it by its number, not by its title: {plan}.",
  proofClaimed: "Whether it was this plan's server that signed you only know once you give a key that you have from elsewhere.",
  proofBad: "This proof is not right.",
  proofBadNothing: "Do not use it.",
  register: "The agreements, as the events make them",
  registerPart: "The agreements, as far as the selection shows them",
  noRegister: "There are no agreements in this file.",
  noPersons: "Persons are not named here: the file has only their number, so that a name can be erased without anything changing in the history.",
  untitled: "Agreement without a title",
  missing: "The content of {count} changes is gone, so what stands here may lack something.",
  history: "Who changed what",
  created: "Made",
  amended: "Changed",
  restored: "Restored to version {to}: {reason}",
  restated: "Recorded anew because earlier content was erased",
  changeErased: "Changed; what it said was erased",
  forParty: "{cause} on {at} for {party} (event {position})",
  noParty: "{cause} on {at} (event {position})",
  was: "was",
  became: "became",
  empty: "empty",
  code: "number {code}…",
  notAKey: "This is not a key: {what}",
  badKeys: "These keys do not go together: give each key once, and no more than a plan can have.",
  unreadable: "The file cannot be read. Choose it again.",
  problem: "The check could not begin: {what}",
  other: "Nederlands",
};

export const WORDS: Readonly<Record<Language, Words>> = { nl: DUTCH, en: ENGLISH };

/** Dutch for the faults (`schema/src/export/fault.rs`); English comes with the answer. */
const FAULTS: Readonly<Record<string, string>> = {
  lineTooLong: "De regel is langer dan een regel mag zijn.",
  notAnExport: "Dit is geen export van Schrijftafel.",
  otherFormat: "Dit is een nieuwere vorm van export, die deze pagina niet kent.",
  malformed: "De regel hoort niet in een export.",
  notAsWritten: "Wat op de regel te lezen is, is niet wat is vastgelegd.",
  lineEnds: "De regel eindigt zoals Windows regels eindigt (CR LF): een mail- of tekstprogramma heeft het bestand onderweg veranderd. Neem het bestand zoals het is gemaakt, of geef de regels hun einde terug (LF).",
  otherLog: "De gebeurtenis is van een ander plan, of van een andere versie van de server.",
  outOfOrder: "Er ontbreekt een gebeurtenis, er staat er een dubbel, of ze zijn verwisseld.",
  content: "De inhoud is niet de inhoud die is vastgelegd.",
  event: "De gebeurtenis volgt niet op wat ervoor staat: het is niet de gebeurtenis die hier is vastgelegd.",
  revision: "De nummering van de wijzigingen klopt niet.",
  idTwice: "Dezelfde gebeurtenis staat er al eerder.",
  timeWentBack: "De gebeurtenis heeft een vroegere tijd dan de gebeurtenis ervoor.",
  actorToCome: "De gebeurtenis noemt iemand die dan nog niet bekend is.",
  unprovable: "Er staat inhoud bij waarvan het bewijs ontbreekt.",
  notWithheld: "De inhoud zou niet getoond zijn, maar staat er wel.",
  tooManyEvents: "Het bestand heeft meer gebeurtenissen dan gecontroleerd kunnen worden.",
  truncated: "Het einde van het bestand ontbreekt.",
  afterEnd: "Er staat iets achter de laatste regel.",
  count: "Er staan niet zoveel gebeurtenissen in als er zouden moeten zijn.",
  end: "De gebeurtenissen zijn niet die waarvoor de laatste regel is geschreven.",
  otherCheckpoint: "De handtekening is niet die welke de eerste regel aankondigt.",
  notAsSigned: "De gebeurtenissen zijn niet die welke ondertekend zijn: iemand heeft het hele bestand herschreven.",
  notSigned: "Er is niets ondertekend, terwijl u sleutels opgaf.",
  noKey: "Er is een handtekening, maar geen sleutel om haar mee te controleren.",
  foreignKey: "Geen van de sleutels die u opgaf heeft ondertekend.",
  signature: "De handtekening van de server is vals.",
  cosignature: "De handtekening van een getuige is vals.",
  witnesses: "De eerste regel noemt getuigen op een manier die niet kan.",
  tooFewWitnesses: "Te weinig van de getuigen die u opgaf hebben meegetekend.",
};

/** A fault in the reader's language. */
export function faultWords(language: Language, code: string, english: string): string {
  return language === "nl" ? (FAULTS[code] ?? english) : english;
}

/** Dutch for what can be wrong with a proof (`client-wasm/src/proving/fault.rs`). */
const PROOF_FAULTS: Readonly<Record<string, string>> = {
  otherLog: "De ondertekende stand is van een ander plan, of van een andere versie van de server.",
  notInLog: "De gebeurtenis staat niet op die plaats in de ondertekende lijst.",
  logSignature: "De server heeft deze stand niet ondertekend, of niet met een sleutel die u opgaf.",
  cosignature: "De handtekening van een getuige is vals.",
  altered: "Wat er te lezen is, is niet wat is vastgelegd.",
  tooFewWitnesses: "Te weinig van de getuigen die u opgaf hebben meegetekend.",
};

/** What is wrong with a proof, in the reader's language. */
export function proofFaultWords(language: Language, code: string, english: string): string {
  return language === "nl" ? (PROOF_FAULTS[code] ?? english) : english;
}

/** What an event is about, by the first part of its stream (`schema/src/log/stream.rs`). */
const STREAMS: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  nl: { plan: "het plan", rights: "wie meedoet", actors: "wie iets doet", chapter: "een hoofdstuk", text: "de tekst van een hoofdstuk", commitment: "een afspraak", erasures: "het wissen van gegevens" },
  en: { plan: "the plan", rights: "who takes part", actors: "who does something", chapter: "a chapter", text: "the text of a chapter", commitment: "an agreement", erasures: "erasing data" },
};

/** What an event is about, in words. */
export function streamWords(language: Language, stream: string): string {
  return STREAMS[language][stream.split("/")[0] ?? ""] ?? stream;
}

/** What the core says of a line that is no key (`client-wasm/src/checking.rs`). */
const NOT_A_KEY = /^"(.*)" is not a key$/s;

/** Why a check could not be made, in the reader's language: keys that are none, or a file that cannot be read. */
export function problemWords(language: Language, error: unknown): string {
  const words = WORDS[language];
  if (error instanceof DOMException) return words.unreadable;
  const said = error instanceof Error ? error.message : String(error);
  const line = NOT_A_KEY.exec(said)?.[1];
  if (line !== undefined) return filled(words.notAKey, { what: line });
  return /witness/.test(said) ? words.badKeys : filled(words.problem, { what: said });
}

/** Fills in the blanks of a sentence. */
export function filled(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (blank, name: string) => String(values[name] ?? blank));
}
