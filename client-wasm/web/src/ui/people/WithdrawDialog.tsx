// Taking a role away: what it means, why, and then at once.
import { Paragraph } from "@utrecht/component-library-react";
import { useState } from "react";
import { api, done } from "../../api/client.ts";
import { useCommand } from "../parts/hooks.ts";
import type { Right } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { rightWords } from "./roles.ts";

interface WithdrawProps {
  readonly right: Right;
  readonly onClose: () => void;
  readonly onWithdrawn: (sentence: string) => void;
}

export function WithdrawDialog({ right, onClose, onWithdrawn }: WithdrawProps) {
  const say = useSay();
  const { t } = say;
  const { plan } = usePlan();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const withdraw = useCommand(async (key: string, why: string) => {
    await done(
      api.DELETE("/plans/{planId}/rights/{rightId}", {
        params: { path: { planId: plan.id, rightId: right.id }, query: { reason: why }, header: { "Idempotency-Key": key } },
      }),
    );
    onWithdrawn(t("people.withdrawn", { person: right.person.name }));
  });
  const submit = () => {
    setError(reason.trim() === "" ? t("manage.needReason") : undefined);
    if (reason.trim() !== "") void withdraw.run(reason.trim());
  };
  return (
    <ConfirmDialog title={t("people.withdrawTitle")} confirm={t("people.withdrawSubmit")} onConfirm={submit} onClose={onClose} busy={withdraw.busy} error={withdraw.error}>
      <Paragraph>{t("people.withdrawIntro", { person: right.person.name, party: right.party.name, role: rightWords(right, say) })}</Paragraph>
      <TextField label={t("people.withdrawReason")} help={t("people.withdrawReasonHelp")} value={reason} onChange={setReason} error={error} required maxLength={300} />
    </ConfirmDialog>
  );
}
