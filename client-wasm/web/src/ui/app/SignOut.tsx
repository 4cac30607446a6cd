// Signing out, with what went wrong when it does not work: only the server can end a session.
import { Button } from "@utrecht/component-library-react";
import { useNavigate } from "react-router";
import { useSay } from "../../i18n/words.ts";
import { useCommand } from "../parts/hooks.ts";
import { Notice, Trouble } from "../parts/Notice.tsx";
import { useOnline } from "./offline.ts";
import { useSessionActions } from "./session.tsx";

export function SignOut() {
  const { t } = useSay();
  const navigate = useNavigate();
  const { signOut } = useSessionActions();
  const leave = useCommand(async () => {
    await signOut();
    await navigate("/");
  });
  const online = useOnline();
  // That there was no answer is known by now, and said with what it means here.
  const isCut = !online || leave.error?.status === 0;
  return (
    <>
      {isCut ? <Notice kind="info" live>{t("signIn.signOutOffline")}</Notice> : <Trouble error={leave.error} />}
      <Button appearance="secondary-action-button" disabled={leave.busy || !online} onClick={() => void leave.run()}>
        {t("signIn.signOut")}
      </Button>
    </>
  );
}
