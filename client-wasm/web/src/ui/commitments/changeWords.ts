// A change of a commitment as a sentence: who did what, to which fields. Pure; the words arrive as an argument.
import type { Commitment, CommitmentChange, FieldChange } from "../../api/types.ts";
import type { Say } from "../../i18n/words.ts";

/** Who did what: "Fatima (Gemeente Aardal) wijzigde doel en geld". */
export function changeWords(change: CommitmentChange, all: readonly CommitmentChange[], { t, who, list, moment }: Say): string {
  const by = who(change.actor);
  switch (change.kind) {
    case "created":
      return t("changes.created", { who: by });
    case "amended":
      return t("changes.amended", { who: by, fields: list(fieldNames(change.fields, t)) });
    case "restated":
      return t("changes.restated");
    case "erased":
      // That somebody made it is still known of what it said first.
      return t(change.revision === 0 ? "changes.created" : "changes.erased", { who: by });
    case "restored": {
      const back = all.find((each) => each.revision === change.restoredRevision);
      return back === undefined ? t("changes.restoredSome", { who: by }) : t("changes.restored", { who: by, when: moment(back.at) });
    }
    default:
      return change.kind satisfies never;
  }
}

/** Who was at it last, and when; whoever made one that nobody changed since did not change it. */
export function lastChangeWords({ revision, lastChanged, lastChangedVia }: Pick<Commitment, "revision" | "lastChanged" | "lastChangedVia">, { t, who, moment, byWay }: Say): string {
  const values = { who: who(lastChanged.actor), when: moment(lastChanged.at) };
  return byWay(t(revision === 0 ? "commitments.made" : "commitments.lastChanged", values), lastChangedVia);
}

function fieldNames(fields: readonly FieldChange[], t: Say["t"]): string[] {
  return fields.map(({ field }) => t(`fieldIn.${field}`));
}
