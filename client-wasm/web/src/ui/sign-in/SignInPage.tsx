// Signing in: by the link one came by, or by pasting it. The token leaves the address bar at once.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { useCommand } from "../parts/hooks.ts";
import { useSay } from "../../i18n/words.ts";
import { useSessionActions } from "../app/session.tsx";
import { Shell } from "../app/Shell.tsx";
import { TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Waiting } from "../parts/Shown.tsx";
import { tokenIn, tokenOfAddress } from "./link.ts";

/** The page of `/aanmelden`, with or without a token in the address. */
export function SignInPage() {
  const { t } = useSay();
  const { token: pathToken } = useParams();
  const { hash } = useLocation();
  const [token] = useState(() => tokenOfAddress(pathToken, hash));
  const navigate = useNavigate();
  const { signIn } = useSessionActions();
  const command = useCommand(async (_key: string, given: string) => {
    await signIn(given);
    await navigate("/", { replace: true });
  });
  const { run } = command;
  const used = useRef(false);
  useEffect(() => {
    if (token === null || used.current) return;
    // A link works once, also where React runs effects twice.
    used.current = true;
    window.history.replaceState(null, "", "/aanmelden");
    void run(token);
  }, [token, run]);
  return (
    <Shell plan={null}>
      <Page title={t("signIn.title")}>
        {command.error !== null && <Failed command={command} />}
        {command.busy ? <Waiting /> : <PasteForm onToken={(given) => void run(given)} />}
      </Page>
    </Shell>
  );
}

/** Shown in place of any page when nobody is signed in; afterwards that page appears. */
export function SignInHere() {
  const { t } = useSay();
  const { signIn } = useSessionActions();
  const command = useCommand(async (_key: string, given: string) => signIn(given));
  return (
    <Shell plan={null}>
      <Page title={t("signIn.title")}>
        {command.error !== null && <Failed command={command} />}
        {command.busy ? <Waiting /> : <PasteForm onToken={(given) => void command.run(given)} />}
      </Page>
    </Shell>
  );
}

function Failed({ command }: { command: { error: Parameters<ReturnType<typeof useSay>["problem"]>[0] | null } }) {
  const { t, problem } = useSay();
  if (command.error === null) return null;
  return (
    <Notice kind="error" title={t("signIn.failedTitle")} live>
      <Paragraph>{problem(command.error)}</Paragraph>
      {!command.error.passing && <Paragraph>{t("signIn.askNew")}</Paragraph>}
    </Notice>
  );
}

function PasteForm({ onToken }: { onToken: (token: string) => void }) {
  const { t } = useSay();
  const [pasted, setPasted] = useState("");
  const [error, setError] = useState<string>();
  const submit = () => {
    const token = tokenIn(pasted);
    if (token !== null) onToken(token);
    else setError(t(pasted.trim() === "" ? "signIn.noLink" : "signIn.notALink"));
  };
  return (
    <Form className="card form" onSubmit={submit}>
      <Paragraph>{t("signIn.intro")}</Paragraph>
      <TextField label={t("signIn.linkLabel")} help={t("signIn.linkHelp")} value={pasted} onChange={setPasted} error={error} />
      <Button type="submit" appearance="primary-action-button">
        {t("signIn.submit")}
      </Button>
    </Form>
  );
}
