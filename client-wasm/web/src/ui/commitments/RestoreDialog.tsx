// Bringing back what a commitment said: what would change, and what others changed while one was looking.
import { Paragraph } from "@utrecht/component-library-react";
import { useCallback, useState } from "react";
import { api, done, valueOf } from "../../api/client.ts";
import { ApiError } from "../../api/problem.ts";
import type { Commitment, CommitmentChange, CommitmentField, FieldChange } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { useCommand, useLoaded } from "../parts/hooks.ts";
import { Notice } from "../parts/Notice.tsx";
import { Shown } from "../parts/Shown.tsx";
import { changeWords } from "./changeWords.ts";
import { contentOf, draftOf } from "./draft.ts";
import { FieldChanges } from "./FieldChanges.tsx";
import type { Known } from "./useCommitment.ts";

interface RestoreProps {
  readonly known: Known;
  readonly to: CommitmentChange;
  /** Somebody changed it since it was read. */
  readonly onMovedOn: () => void;
  readonly onClose: () => void;
  readonly onRestored: (sentence: string) => void;
}

/** What would change, why it is asked for, and the button. */
export function RestoreDialog({ known, to, onMovedOn, onClose, onRestored }: RestoreProps) {
  const { t, moment } = useSay();
  const { plan } = usePlan();
  const { value: commitment, etag } = known.commitment;
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const [opened] = useState(commitment.revision);
  const [tried, setTried] = useState<number | null>(null);
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
  const restore = useCommand(async (key: string, seen: string, why: string) => {
    try {
      await done(
        api.POST("/plans/{planId}/commitments/{commitmentId}/restores", {
          params: { path, header: { "Idempotency-Key": key, "If-Match": seen } },
          body: { toRevision: to.revision, reason: why },
        }),
      );
    } catch (thrown) {
      if (isMovedOn(thrown)) onMovedOn();
      throw thrown;
    }
    onClose();
    onRestored(t("changes.restoreDone", { when }));
  });
  const submit = () => {
    setError(reason.trim() === "" ? t("restore.reasonMissing") : undefined);
    if (reason.trim() === "") return;
    setTried(commitment.revision);
    void restore.run(etag, reason.trim());
  };
  // Until the newer content is here there is nothing that one could agree to.
  const isBehind = isMovedOn(restore.error) && tried === commitment.revision;
  return (
    <ConfirmDialog
      title={t("changes.restoreTitle")}
      confirm={t("changes.restoreSubmit")}
      onConfirm={submit}
      onClose={onClose}
      busy={restore.busy || isBehind || then.state !== "ready"}
      error={isMovedOn(restore.error) ? null : restore.error}
    >
      <Meanwhile key={commitment.revision} changes={known.changes.filter(({ revision }) => revision > opened)} all={known.changes} />
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

function isMovedOn(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.code === "revision-mismatch";
}

/** Who changed it while the question stood open, and that nothing was brought back yet. */
function Meanwhile({ changes, all }: { changes: readonly CommitmentChange[]; all: readonly CommitmentChange[] }) {
  const say = useSay();
  const { t, moment, sentence } = say;
  if (changes.length === 0) return null;
  return (
    <Notice kind="warning" title={t("changes.restoreMovedTitle")} live arrives>
      {changes.map((change) => (
        <p key={change.revision}>
          {sentence(changeWords(change, all, say))}, {moment(change.at)}.
        </p>
      ))}
      <p>{t("changes.restoreMoved")}</p>
    </Notice>
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
