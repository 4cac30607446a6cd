// Several messages as one line that opens: what the first says, and how many more there are.
//
// Why it exists: messages take their room from what one came for, and on a phone there is little of it.
import type { ReactNode } from "react";
import { useSay } from "../../i18n/words.ts";

interface StripProps {
  /** What the first says in one line. */
  readonly first: string;
  /** How many there are beside it. */
  readonly more: number;
  /** What the line says once it is open. */
  readonly all: string;
  readonly kind?: "error" | "warning" | "info";
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly children: ReactNode;
}

/** Its words are heard when they come, and stand in the messages themselves once it is open. */
export function Strip({ first, more, all, kind = "info", open, onOpen, children }: StripProps) {
  const { t } = useSay();
  return (
    <details className={`strip strip--${kind}`} open={open} onToggle={(event) => onOpen(event.currentTarget.open)}>
      <summary>
        {open && all}
        <span role="status" className="strip__line" hidden={open}>
          <span className="strip__first">{first}</span>
          {more > 0 && <span className="strip__more"> {t("app.moreMessages", { count: more })}</span>}
        </span>
      </summary>
      <div className="strip__all">{children}</div>
    </details>
  );
}
