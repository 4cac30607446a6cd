// No answer from the server and nothing kept on this device: say so, and try again.
import { Button } from "@utrecht/component-library-react";
import type { ApiError } from "../../api/problem.ts";
import { useSay } from "../../i18n/words.ts";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shell } from "./Shell.tsx";

export function Unreachable({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  const { t, problem } = useSay();
  return (
    <Shell plan={null}>
      <Page title={t("problem.title")}>
        <Notice kind="error" live>
          <p>{problem(error)}</p>
          <Button appearance="secondary-action-button" onClick={onRetry}>
            {t("app.tryAgain")}
          </Button>
        </Notice>
      </Page>
    </Shell>
  );
}
