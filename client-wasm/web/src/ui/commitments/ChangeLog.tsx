// "Wie wijzigde wat": every change of a commitment, what was and what became, by whom, for which party, when.
import { Button, Heading2, Paragraph } from "@utrecht/component-library-react";
import { useCallback, useState } from "react";
import { api, done, valueOf } from "../../api/client.ts";
import { useCommand, useLoaded } from "../parts/hooks.ts";
import type { Commitment, CommitmentChange, CommitmentField, FieldChange } from "../../api/types.ts";
import { type Say, useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { Erased, EraseLink } from "../erasures/Erased.tsx";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { useSuccess } from "../parts/Notice.tsx";
import { useJumpToHash } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { Authenticity } from "../proof/Authenticity.tsx";
import { contentOf, draftOf } from "./draft.ts";
import { type Known, useNames } from "./useCommitment.ts";
import { fieldWords } from "./values.ts";
import { wordDiff, type WordRun } from "./wordDiff.ts";

export function ChangeLog({ known, onRestored }: { known: Known; onRestored: () => void }) {
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
            {plan.mayStructure && change.kind !== "erased" && change.kind !== "restated" && <EraseLink position={change.position} what={moment(change.at)} />}
            {index === 0 ? (
              <p className="meta">{t("changes.current")}</p>
            ) : (
              known.commitment.value.mayRestore && !isClosed(change, known.changes) && <RestoreButton change={change} onAsk={() => setRestoring(change)} />
            )}
            <Proof change={change} commitmentId={known.commitment.value.id} />
          </li>
        ))}
      </ol>
      {restoring !== null && (
        <RestoreDialog
          known={known}
          to={restoring}
          onClose={() => setRestoring(null)}
          onRestored={(sentence) => {
            tell(sentence);
            onRestored();
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

/** Who did what: "Fatima (Gemeente Aardal) wijzigde doel en geld". */
function changeWords(change: CommitmentChange, all: readonly CommitmentChange[], { t, who, list, moment }: Say): string {
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

function fieldNames(fields: readonly FieldChange[], t: ReturnType<typeof useSay>["t"]): string[] {
  return fields.map(({ field }) => t(`fieldIn.${field}`));
}

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

function RestoreButton({ change, onAsk }: { change: CommitmentChange; onAsk: () => void }) {
  const { t, moment } = useSay();
  return (
    <Button appearance="subtle-button" aria-label={t("changes.restoreToLabel", { when: moment(change.at) })} onClick={onAsk}>
      {t("changes.restoreTo")}
    </Button>
  );
}

interface RestoreProps {
  readonly known: Known;
  readonly to: CommitmentChange;
  readonly onClose: () => void;
  readonly onRestored: (sentence: string) => void;
}

function RestoreDialog({ known, to, onClose, onRestored }: RestoreProps) {
  const { t, moment } = useSay();
  const { plan } = usePlan();
  const { value: commitment, etag } = known.commitment;
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const when = moment(to.at);
  const path = { planId: plan.id, commitmentId: commitment.id };
  const then = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        valueOf(
          api.GET("/plans/{planId}/commitments/{commitmentId}", {
            params: { path: { planId: plan.id, commitmentId: commitment.id }, query: { revision: to.revision } },
            signal,
          }),
        ),
      [plan.id, commitment.id, to.revision],
    ),
  );
  const restore = useCommand(async (key: string, why: string) => {
    await done(
      api.POST("/plans/{planId}/commitments/{commitmentId}/restores", {
        params: { path, header: { "Idempotency-Key": key, "If-Match": etag } },
        body: { toRevision: to.revision, reason: why },
      }),
    );
    onClose();
    onRestored(t("changes.restoreDone", { when }));
  });
  const submit = () => {
    setError(reason.trim() === "" ? t("restore.reasonMissing") : undefined);
    if (reason.trim() !== "") void restore.run(reason.trim());
  };
  return (
    <ConfirmDialog
      title={t("changes.restoreTitle")}
      confirm={t("changes.restoreSubmit")}
      onConfirm={submit}
      onClose={onClose}
      busy={restore.busy || then.state !== "ready"}
      error={restore.error}
    >
      <Shown of={then}>
        {(old) => {
          const fields = changesBetween(commitment, old);
          return fields.length === 0 ? (
            <Paragraph>{t("changes.restoreNothing")}</Paragraph>
          ) : (
            <>
              <Paragraph>{t("changes.restoreIntro", { when })}</Paragraph>
              <FieldChanges fields={fields} ahead />
            </>
          );
        }}
      </Shown>
      <TextField label={t("changes.restoreReason")} value={reason} onChange={setReason} error={error} required maxLength={300} />
    </ConfirmDialog>
  );
}

/** The fields in which one content differs from another. */
function changesBetween(from: Commitment, to: Commitment): FieldChange[] {
  const old = contentOf(draftOf(from));
  const now = contentOf(draftOf(to));
  return (Object.keys(now) as CommitmentField[])
    .filter((field) => JSON.stringify(old[field]) !== JSON.stringify(now[field]))
    .map((field) => ({ field, old: from[field], new: to[field] }));
}
