// A message in the page: quiet information, a warning, a success, or what went wrong.
import { Alert, Paragraph } from "@utrecht/component-library-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { ApiError } from "../../api/problem.ts";
import { useSay } from "../../i18n/words.ts";

interface NoticeProps {
  readonly kind: "info" | "warning" | "ok" | "error";
  readonly title?: string;
  /** Read out when it appears; leave out for what is there from the start. */
  readonly live?: boolean;
  /** Comes into sight and takes the focus when it appears: the answer to what one just did. */
  readonly arrives?: boolean;
  readonly children?: ReactNode;
}

/** How much of the window a notice in its middle may take: bars stand above and below. */
const ROOM_SHARE = 0.6;

export function Notice({ kind, title, live = false, arrives = false, children }: NoticeProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!arrives) return;
    const { current } = box;
    if (current === null) return;
    // Of one that is higher than the window the beginning has to be seen.
    current.scrollIntoView({ block: current.offsetHeight > window.innerHeight * ROOM_SHARE ? "start" : "center" });
    current.focus({ preventScroll: true });
  }, [arrives]);
  const role = live ? (kind === "error" || kind === "warning" ? "alert" : "status") : undefined;
  return (
    <Alert ref={box} type={kind} className="notice" {...(arrives ? { tabIndex: -1 } : {})} {...(role === undefined ? {} : { role })}>
      {title !== undefined && <p className="notice__title">{title}</p>}
      {typeof children === "string" ? <Paragraph>{children}</Paragraph> : children}
    </Alert>
  );
}

/** The newest success on a page, and the way to tell the next one. `step` is the button below it for what one does next, if anything. */
export function useSuccess(step?: ReactNode): { readonly success: ReactNode; readonly tell: (sentence: string) => void } {
  const [told, setTold] = useState({ sentence: "", count: 0 });
  const success = told.count > 0 && (
    <Notice key={told.count} kind="ok" live arrives>
      <Paragraph>{told.sentence}</Paragraph>
      {step}
    </Notice>
  );
  return { success, tell: (sentence) => setTold((before) => ({ sentence, count: before.count + 1 })) };
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
