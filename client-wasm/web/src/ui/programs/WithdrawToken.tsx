// Withdrawing an access code: its program is cut off at once.
import { Paragraph } from "@utrecht/component-library-react";
import { api, done } from "../../api/client.ts";
import type { AccessToken } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { useCommand } from "../parts/hooks.ts";

interface WithdrawProps {
  readonly token: AccessToken;
  readonly onClose: () => void;
  readonly onWithdrawn: (sentence: string) => void;
}

export function WithdrawToken({ token, onClose, onWithdrawn }: WithdrawProps) {
  const { t } = useSay();
  const withdraw = useCommand(async () => {
    await done(api.DELETE("/access-tokens/{accessTokenId}", { params: { path: { accessTokenId: token.id } } }));
    onWithdrawn(t("programs.withdrawn", { name: token.name }));
  });
  return (
    <ConfirmDialog
      title={t("programs.withdrawTitle", { name: token.name })}
      confirm={t("programs.withdraw")}
      onConfirm={() => void withdraw.run()}
      onClose={onClose}
      busy={withdraw.busy}
      error={withdraw.error}
    >
      <Paragraph>{t("programs.withdrawIntro")}</Paragraph>
    </ConfirmDialog>
  );
}
