// The changed fields of a commitment: what was and what became, or what is and would become, with the words that went and came.
import type { FieldChange } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { useNames } from "./useCommitment.ts";
import { fieldWords } from "./values.ts";
import { wordDiff, type WordRun } from "./wordDiff.ts";

interface FieldChangesProps {
  readonly fields: readonly FieldChange[];
  /** Nobody did this yet: it says what would become of what is now. */
  readonly ahead?: boolean;
}

/** Every changed field: old and new, with the words that went and came. */
export function FieldChanges({ fields, ahead = false }: FieldChangesProps) {
  const { t } = useSay();
  return (
    <dl className="field-changes">
      {fields.map((change) => (
        <div key={change.field} className="field-change">
          <dt>{t(`field.${change.field}`)}</dt>
          <dd>
            <OneField change={change} labels={ahead ? AHEAD : DONE} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const DONE = { was: "changes.was", became: "changes.became", removed: "changes.removed", added: "changes.added", changed: "changes.changed" } as const;
const AHEAD = { was: "changes.isNow", became: "changes.becomes", removed: "changes.goes", added: "changes.comes", changed: "changes.changes" } as const;

type Labels = Readonly<Record<keyof typeof DONE, (typeof DONE | typeof AHEAD)[keyof typeof DONE]>>;

function OneField({ change, labels }: { change: FieldChange; labels: Labels }) {
  const say = useSay();
  const { t } = say;
  const words = fieldWords(change, useNames(), say);
  if (words.kind === "list") {
    return (
      <>
        {words.removed.length + words.added.length + words.changed.length === 0 && <p>{t("changes.otherwise")}</p>}
        {words.changed.map((runs, index) => (
          <p key={`~${index}`}>
            <Label text={t(labels.changed)} /> <Runs runs={runs} />
          </p>
        ))}
        {words.removed.map((line, index) => (
          <p key={`-${index}`}>
            <Label text={t(labels.removed)} /> <del>{line}</del>
          </p>
        ))}
        {words.added.map((line, index) => (
          <p key={`+${index}`}>
            <Label text={t(labels.added)} /> <ins>{line}</ins>
          </p>
        ))}
      </>
    );
  }
  const { was, became } = words;
  const runs = was !== null && became !== null ? wordDiff(was, became) : null;
  return (
    <>
      {was !== null && (
        <p>
          <Label text={t(labels.was)} /> {runs === null ? <del>{was}</del> : <Runs runs={runs.filter((run) => run.change !== "inserted")} />}
        </p>
      )}
      <p>
        <Label text={t(labels.became)} />{" "}
        {became === null ? <i>{t("changes.empty")}</i> : runs === null ? <ins>{became}</ins> : <Runs runs={runs.filter((run) => run.change !== "deleted")} />}
      </p>
    </>
  );
}

function Label({ text }: { text: string }) {
  return <span className="field-change__label">{text}:</span>;
}

const TAGS = { same: "span", deleted: "del", inserted: "ins" } as const;

function Runs({ runs }: { runs: readonly WordRun[] }) {
  return runs.map(({ change, text }, index) => {
    const Tag = TAGS[change];
    return <Tag key={index}>{text}</Tag>;
  });
}
