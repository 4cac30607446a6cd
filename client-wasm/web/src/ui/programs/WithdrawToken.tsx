// Withdrawing an access code: its program is cut off at once.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { api, done } from "../../api/client.ts";
import type { AccessToken } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { useCommand } from "../parts/hooks.ts";
import { Trouble } from "../parts/Notice.tsx";

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
    <Dialog title={t("programs.withdrawTitle", { name: token.name })} onClose={onClose}>
      <div className="form">
        <Paragraph>{t("programs.withdrawIntro")}</Paragraph>
        <Trouble error={withdraw.error} />
        <div className="row">
          <Button appearance="primary-action-button" disabled={withdraw.busy} onClick={() => void withdraw.run()}>
            {t("programs.withdraw")}
          </Button>
          <Button appearance="secondary-action-button" onClick={onClose}>
            {t("app.cancel")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
