// Signing out, with what went wrong when it does not work.
import { Button } from "@utrecht/component-library-react";
import { useNavigate } from "react-router";
import { useSay } from "../../i18n/words.ts";
import { useCommand } from "../parts/hooks.ts";
import { Trouble } from "../parts/Notice.tsx";
import { useSessionActions } from "./session.tsx";

export function SignOut() {
  const { t } = useSay();
  const navigate = useNavigate();
  const { signOut } = useSessionActions();
  const leave = useCommand(async () => {
    await signOut();
    await navigate("/");
  });
  return (
    <>
      <Trouble error={leave.error} />
      <Button appearance="secondary-action-button" disabled={leave.busy} onClick={() => void leave.run()}>
        {t("signIn.signOut")}
      </Button>
    </>
  );
}
