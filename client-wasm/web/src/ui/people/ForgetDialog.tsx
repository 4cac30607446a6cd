// Forgetting who somebody was: what goes, what stays, and that there is no way back.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { api, done } from "../../api/client.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { useCommand } from "../parts/hooks.ts";
import { Trouble } from "../parts/Notice.tsx";
import type { Member } from "./roles.ts";

interface ForgetProps {
  readonly member: Member;
  readonly onClose: () => void;
  readonly onForgotten: (sentence: string) => void;
}

export function ForgetDialog({ member, onClose, onForgotten }: ForgetProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const forget = useCommand(async () => {
    await done(api.DELETE("/plans/{planId}/people/{personId}", { params: { path: { planId: plan.id, personId: member.personId } } }));
    onForgotten(t("people.forgotten"));
  });
  return (
    <Dialog title={t("people.forgetTitle", { person: member.name })} onClose={onClose} guarded>
      <div className="form">
        <Paragraph>{t("people.forgetIntro", { party: member.party })}</Paragraph>
        <Paragraph>{t("people.forgetFinal")}</Paragraph>
        <Trouble error={forget.error} />
        <div className="row">
          <Button appearance="primary-action-button" hint="danger" disabled={forget.busy} onClick={() => void forget.run()}>
            {t("people.forget")}
          </Button>
          <Button appearance="secondary-action-button" onClick={onClose}>
            {t("app.cancel")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
