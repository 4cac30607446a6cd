// An address that leads nowhere, with a way on.
import { Paragraph } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";
import { ButtonLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";

export function NotFoundPage() {
  const { t } = useSay();
  return (
    <Page title={t("app.notFoundTitle")}>
      <Paragraph>{t("app.notFound")}</Paragraph>
      <p>
        <ButtonLink to="/">{t("app.toStart")}</ButtonLink>
      </p>
    </Page>
  );
}
