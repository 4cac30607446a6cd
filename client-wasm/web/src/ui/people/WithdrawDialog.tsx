// Taking a role away: what it means, why, and then at once.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { type FormEvent, useState } from "react";
import { api, done } from "../../api/client.ts";
import { useCommand } from "../parts/hooks.ts";
import type { Right } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { Trouble } from "../parts/Notice.tsx";
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setError(reason.trim() === "" ? t("manage.needReason") : undefined);
    if (reason.trim() !== "") void withdraw.run(reason.trim());
  };
  return (
    <Dialog title={t("people.withdrawTitle")} onClose={onClose}>
      <form className="form" onSubmit={submit} noValidate>
        <Paragraph>{t("people.withdrawIntro", { person: right.person.name, party: right.party.name, role: rightWords(right, say) })}</Paragraph>
        <TextField label={t("people.withdrawReason")} help={t("people.withdrawReasonHelp")} value={reason} onChange={setReason} error={error} required maxLength={300} />
        <Trouble error={withdraw.error} />
        <div className="row">
          <Button type="submit" appearance="primary-action-button" disabled={withdraw.busy}>
            {t("people.withdrawSubmit")}
          </Button>
          <Button type="button" appearance="secondary-action-button" onClick={onClose}>
            {t("app.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
