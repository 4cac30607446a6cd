// A page failed while drawing itself. What was typed in a chapter is kept by the worker; reloading is safe.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";
import { Page } from "../parts/Page.tsx";
import { Shell } from "./Shell.tsx";

export function CrashPage() {
  const { t } = useSay();
  return (
    <Shell plan={null}>
      <Page title={t("app.crashTitle")}>
        <Paragraph>{t("app.crash")}</Paragraph>
        <Button appearance="primary-action-button" onClick={() => window.location.reload()}>
          {t("app.reload")}
        </Button>
      </Page>
    </Shell>
  );
}
