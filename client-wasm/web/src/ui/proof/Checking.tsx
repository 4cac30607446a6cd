// A check that runs on this device: that it is busy, that it does not work now, or what it found.
import { Button } from "@utrecht/component-library-react";
import type { ReactNode } from "react";
import { useSay } from "../../i18n/words.ts";
import type { Loaded } from "../parts/hooks.ts";
import { Notice } from "../parts/Notice.tsx";

export function Checking<T>({ check, children }: { check: Loaded<T>; children: (found: T) => ReactNode }) {
  const { t, problem } = useSay();
  switch (check.state) {
    case "loading":
      return (
        <p className="meta" role="status">
          {t("proof.busy")}
        </p>
      );
    case "failed":
      return (
        <Notice kind="info" live>
          <p>
            {t("proof.unable")} {problem(check.error)}
          </p>
          <Button appearance="secondary-action-button" onClick={check.reload}>
            {t("app.tryAgain")}
          </Button>
        </Notice>
      );
    case "ready":
      return children(check.value);
    default:
      return check satisfies never;
  }
}
