// Forgetting who somebody was: what goes, what stays, and that there is no way back.
import { Paragraph } from "@utrecht/component-library-react";
import { api, done } from "../../api/client.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { useCommand } from "../parts/hooks.ts";
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
    <ConfirmDialog
      title={t("people.forgetTitle", { person: member.name })}
      confirm={t("people.forget")}
      onConfirm={() => void forget.run()}
      onClose={onClose}
      final
      busy={forget.busy}
      error={forget.error}
    >
      <Paragraph>{t("people.forgetIntro", { party: member.party })}</Paragraph>
      <Paragraph>{t("people.forgetFinal")}</Paragraph>
    </ConfirmDialog>
  );
}
