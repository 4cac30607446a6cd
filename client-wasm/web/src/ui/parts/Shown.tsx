// One place for the three states of everything that is loaded.
import { Button, Paragraph } from "@utrecht/component-library-react";
import type { ReactNode } from "react";
import type { Loaded } from "./hooks.ts";
import { useSay } from "../../i18n/words.ts";
import { useOnline, useSaysMissing } from "../app/offline.ts";
import { Notice } from "./Notice.tsx";

interface ShownProps<T> {
  readonly of: Loaded<T>;
  /** A part of a page whose rest is there without it: of that the page still says of when it is. */
  readonly part?: boolean;
  readonly children: (value: T, reload: () => void) => ReactNode;
}

/** Shows what was loaded, or that it is loading, or why it failed and how to try again. */
export function Shown<T>({ of, part = false, children }: ShownProps<T>) {
  const { t, problem } = useSay();
  const online = useOnline();
  switch (of.state) {
    case "loading":
      return <Waiting />;
    case "failed":
      // The banner says that there is no connection, and what failed is asked for again by itself.
      if (of.error.status === 0 && !online) return part ? <Notice kind="info">{t("app.offlineMissing")}</Notice> : <Missing />;
      return (
        <Notice kind={of.error.passing ? "error" : "info"} live>
          <Paragraph>{problem(of.error)}</Paragraph>
          {of.error.passing && (
            <Button appearance="secondary-action-button" onClick={of.reload}>
              {t("app.tryAgain")}
            </Button>
          )}
        </Notice>
      );
    case "ready":
      return <>{children(of.value, of.reload)}</>;
    default:
      return of satisfies never;
  }
}

/** Not on this device, and no connection to have it from. */
function Missing() {
  const { t } = useSay();
  useSaysMissing();
  return (
    <Notice kind="info" live>
      {t("app.offlineMissing")}
    </Notice>
  );
}

/** Something is on its way; quiet for the first moment, so that fast answers do not flicker. */
export function Waiting() {
  const { t } = useSay();
  return (
    <div className="waiting" role="status">
      <span className="waiting__dots" aria-hidden="true" />
      {t("app.loading")}
    </div>
  );
}
