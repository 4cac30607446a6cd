// "Wie wijzigde wat": every change of a commitment, what was and what became, by whom, for which party, when.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useState } from "react";
import type { CommitmentChange } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { Erased, EraseLink } from "../erasures/Erased.tsx";
import { useSuccess } from "../parts/Notice.tsx";
import { useJumpToHash } from "../parts/Page.tsx";
import { Authenticity } from "../proof/Authenticity.tsx";
import { changeWords } from "./changeWords.ts";
import { FieldChanges } from "./FieldChanges.tsx";
import { RestoreDialog } from "./RestoreDialog.tsx";
import type { Known } from "./useCommitment.ts";

interface ChangeLogProps {
  readonly known: Known;
  /** Something happened to the commitment since: it has to be read again. */
  readonly onNewer: () => void;
}

export function ChangeLog({ known, onNewer }: ChangeLogProps) {
  const { t, moment } = useSay();
  const { plan } = usePlan();
  const { success, tell } = useSuccess();
  const [restoring, setRestoring] = useState<CommitmentChange | null>(null);
  useJumpToHash();
  return (
    <section className="changes" aria-labelledby="wie-wijzigde-wat">
      <Heading2 id="wie-wijzigde-wat" tabIndex={-1}>
        {t("changes.title")}
      </Heading2>
      <p className="lead">{t("changes.intro")}</p>
      {success}
      <ol className="timeline">
        {known.changes.map((change, index) => (
          <li key={change.revision}>
            <Change change={change} all={known.changes} />
            {index === 0 && <p className="meta">{t("changes.current")}</p>}
            <div className="row row--links">
              {index > 0 && known.commitment.value.mayRestore && !isClosed(change, known.changes) && (
                <Button appearance="subtle-button" aria-label={t("changes.restoreToLabel", { when: moment(change.at) })} onClick={() => setRestoring(change)}>
                  {t("changes.restoreTo")}
                </Button>
              )}
              {plan.mayStructure && change.kind !== "erased" && change.kind !== "restated" && <EraseLink position={change.position} what={moment(change.at)} />}
            </div>
            <Proof change={change} commitmentId={known.commitment.value.id} />
          </li>
        ))}
      </ol>
      {restoring !== null && (
        <RestoreDialog
          known={known}
          to={restoring}
          onMovedOn={onNewer}
          onClose={() => setRestoring(null)}
          onRestored={(sentence) => {
            tell(sentence);
            onNewer();
          }}
        />
      )}
    </section>
  );
}

/** Whether what it said lies before something that was erased: nobody can tell what that was any more. */
function isClosed(change: CommitmentChange, all: readonly CommitmentChange[]): boolean {
  return all.some((each) => each.kind === "restated" && each.revision > change.revision);
}

function Change({ change, all }: { change: CommitmentChange; all: readonly CommitmentChange[] }) {
  const say = useSay();
  const { t, moment, sentence, byWay } = say;
  return (
    <article className={`entry entry--${change.kind}`}>
      <p className="entry__when">{moment(change.at)}</p>
      <h3 className="entry__what">{byWay(sentence(changeWords(change, all, say)), change.via)}</h3>
      {change.reason != null && <p className="entry__reason">{t("history.reason", { reason: change.reason })}</p>}
      <Erased note={change.erased} />
      {change.kind === "created" ? (
        <details>
          <summary>{t("changes.firstContent")}</summary>
          <FieldChanges fields={change.fields} />
        </details>
      ) : (
        <FieldChanges fields={change.fields} />
      )}
    </article>
  );
}

const KINDS = {
  created: "commitment.created/1",
  amended: "commitment.amended/1",
  restored: "commitment.restored/1",
  restated: "commitment.restated/1",
} as const;

function Proof({ change, commitmentId }: { change: CommitmentChange; commitmentId: string }) {
  const { moment } = useSay();
  const { position, at, actor } = change;
  return <Authenticity of={{ position, at, actors: [actor], subject: commitmentId, isErased: change.erased !== undefined, ...claimsOf(change) }} when={moment(at)} />;
}

/** What the page says that a change was: no fields are left of one that was erased, no single ones told of one that was recorded anew. */
function claimsOf({ kind, fields, reason }: CommitmentChange) {
  switch (kind) {
    case "erased":
      return { fields };
    case "restated":
      return { kind: KINDS[kind] };
    default:
      return { kind: KINDS[kind], fields, reason };
  }
}
