// The state of a plan's history as sentences. Pure; the words arrive as an argument.
import type { AuditAlarm, WitnessState } from "../../api/types.ts";
import type { Say } from "../../i18n/words.ts";

/** What is said above the list of witnesses, and how urgently. */
export interface Standing {
  readonly kind: "ok" | "info" | "warning";
  readonly sentence: string;
}

/** "Tot en met 3 november 2026, 14:05 is achteraf niets veranderd of weggelaten. Daarvoor tekende mee: A en B." */
export function standingWords(state: WitnessState, { t, list, fullMoment, number }: Say): Standing {
  const { checkpoint, witnessed, witnesses } = state;
  if (checkpoint === null) return { kind: "info", sentence: t("authenticity.nothingSigned") };
  if (witnesses.length === 0) return { kind: "info", sentence: t("authenticity.noWitnesses") };
  const asked = list(witnesses.map((witness) => witness.partyName ?? witness.id));
  if (witnessed === null) return { kind: "warning", sentence: t("authenticity.notWitnessed", { who: asked }) };
  const who = list(witnesses.filter(({ cosignedSize }) => cosignedSize >= witnessed.size).map((witness) => witness.partyName ?? witness.id));
  const rest = state.eventCount - witnessed.size;
  const until = t("authenticity.witnessed", { who, when: fullMoment(witnessed.signedAt) });
  if (rest === 0) return { kind: "ok", sentence: `${until} ${t("authenticity.witnessedAll")}` };
  const failing = witnesses.some((witness) => witness.state === "failing" || witness.state === "refused");
  const soon = t("authenticity.witnessedRest", { count: rest, number: number(rest) });
  return { kind: failing ? "warning" : "ok", sentence: `${until} ${soon}` };
}

const KINDS = {
  "log-changed": "alarm.logChanged",
  "log-shorter": "alarm.logShorter",
  "log-unreadable": "alarm.logUnreadable",
  "witness-refused": "alarm.witnessRefused",
  "witness-ahead": "alarm.witnessAhead",
} as const satisfies Record<AuditAlarm["kind"], string>;

/** What is wrong, for people. */
export function alarmWords(alarm: AuditAlarm, state: WitnessState, { t, number }: Say): string {
  const witness = state.witnesses.find(({ id }) => id === alarm.witnessId);
  const who = witness?.partyName ?? alarm.witnessId ?? "";
  const place = alarm.position === null ? "" : t("alarm.place", { position: number(alarm.position) });
  return `${t(KINDS[alarm.kind], { who })}${place === "" ? "" : ` ${place}`}`;
}
