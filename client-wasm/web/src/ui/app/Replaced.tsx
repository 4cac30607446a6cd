// That this window became another person's: in the place of every page until that person goes on, or signs in here.
//
// Why it exists: what stood open was somebody else's work. Whoever signed in in another window would type into it in
// their own name without having asked for it.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";
import { Page } from "../parts/Page.tsx";
import { useSession, useSessionActions } from "./session.tsx";
import { Shell } from "./Shell.tsx";

export function Replaced() {
  const { t, who } = useSay();
  const session = useSession();
  const { understood } = useSessionActions();
  return (
    <Shell plan={null}>
      <Page title={t("app.replacedTitle", { who: who(session) })}>
        <Paragraph>{t("app.replaced")}</Paragraph>
        <Button appearance="primary-action-button" onClick={understood}>
          {t("app.replacedGoOn", { name: session.person.name })}
        </Button>
      </Page>
    </Shell>
  );
}
