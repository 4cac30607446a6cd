// What happened to a plan as a file for spreadsheets: the sentences of the page, one line each. Pure.
import type { PlanEvent } from "../../api/types.ts";
import { type Say, tellingApart } from "../../i18n/words.ts";
import { isTold, restoreTimes, sentenceOf } from "./eventWords.ts";

/** A file that Excel opens by itself in the Netherlands: a byte order mark, semicolons, CRLF (RFC 4180 otherwise). */
export function csvOf(events: readonly PlanEvent[], say: Say): string {
  const { t } = say;
  const apart = tellingApart(say, restoreTimes(events));
  const head = [t("events.exportWhen"), t("events.exportWho"), t("events.exportParty"), t("events.exportWhat"), t("events.exportReason"), t("events.exportAdded"), t("events.exportRemoved")];
  const rows = events.filter(isTold).map((event) => [
    localTime(event.at),
    event.actor.person === null ? "" : say.person(event.actor.person),
    event.actor.party?.name ?? "",
    sentenceOf(event, apart),
    event.details.reason ?? "",
    number(event.details.insertedCharacters),
    number(event.details.deletedCharacters),
  ]);
  return `\ufeff${[head, ...rows].map((row) => `${row.map(cell).join(";")}\r\n`).join("")}`;
}

/** "2026-11-22 11:04", which spreadsheets read as a time in every language. */
function localTime(at: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: "Europe/Amsterdam" });
  return parts.format(new Date(at));
}

function number(value: number | undefined): string {
  return value === undefined ? "" : String(value);
}

/** Quoted where it must be; a text that a spreadsheet would calculate with gets an apostrophe in front. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
