// A message in the page: quiet information, a warning, a success, or what went wrong.
import { Alert, Paragraph } from "@utrecht/component-library-react";
import type { ReactNode } from "react";
import type { ApiError } from "../../api/problem.ts";
import { useSay } from "../../i18n/words.ts";

interface NoticeProps {
  readonly kind: "info" | "warning" | "ok" | "error";
  readonly title?: string;
  /** Read out when it appears; leave out for what is there from the start. */
  readonly live?: boolean;
  readonly children?: ReactNode;
}

export function Notice({ kind, title, live = false, children }: NoticeProps) {
  const role = live ? (kind === "error" || kind === "warning" ? "alert" : "status") : undefined;
  return (
    <Alert type={kind} className="notice" {...(role === undefined ? {} : { role })}>
      {title !== undefined && <p className="notice__title">{title}</p>}
      {typeof children === "string" ? <Paragraph>{children}</Paragraph> : children}
    </Alert>
  );
}

/** What went wrong with something the user did. */
export function Trouble({ error }: { error: ApiError | null }) {
  const { t, problem } = useSay();
  if (error === null) return null;
  return (
    <Notice kind="error" title={t("problem.title")} live>
      {problem(error)}
    </Notice>
  );
}
