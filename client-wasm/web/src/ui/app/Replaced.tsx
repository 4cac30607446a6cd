// That this window became another person's: said above the page until it is understood, or somebody signs in here.
import { Button } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";
import { useSessionActions } from "./session.tsx";

export function Replaced() {
  const { t, who } = useSay();
  const { known, understood } = useSessionActions();
  if (known.state !== "in" || known.replaced !== true) return null;
  return (
    <div className="new-release" role="status">
      <span>{t("app.replaced", { who: who(known.session) })}</span>
      <Button appearance="secondary-action-button" onClick={understood}>
        {t("reunion.understood")}
      </Button>
    </div>
  );
}
