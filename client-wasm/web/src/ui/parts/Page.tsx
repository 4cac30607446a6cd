// The frame of one page: its title for the tab, for the eye and for screen readers, and the focus after navigating.
import { Heading1 } from "@utrecht/component-library-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useLocation, useNavigationType } from "react-router";
import { useSay } from "../../i18n/words.ts";

interface PageProps {
  readonly title: string;
  /** The plan's title, for the tab. */
  readonly plan?: string;
  /** Above the title: the way back. */
  readonly before?: ReactNode;
  /** Beside or under the title. */
  readonly actions?: ReactNode;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A page. After navigating, the focus goes to its title, so that keyboard and screen reader start there. */
export function Page({ title, plan, before, actions, wide = false, children }: PageProps) {
  const { t } = useSay();
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname, hash, key } = useLocation();
  const how = useNavigationType();
  useEffect(() => {
    document.title = plan === undefined ? t("app.pageTitleShort", { page: title }) : t("app.pageTitle", { page: title, plan });
  }, [title, plan, t]);
  useEffect(() => {
    // The first page after loading leaves the focus where a browser puts it: before the skip link.
    if (key === INITIAL_LOCATION || jumpTo(hash)) return;
    if (how !== "POP") window.scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [pathname, hash, key, how]);
  return (
    <div className={wide ? "page page--wide" : "page"}>
      {before}
      <div className="page__head">
        <Heading1 ref={heading} tabIndex={-1} className="page__title">
          {title}
        </Heading1>
        {actions !== undefined && <div className="page__actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** What the router calls the location one came in by. */
const INITIAL_LOCATION = "default";

/** Goes to the place in the address, once what it names is on the page: for parts that are loaded. */
export function useJumpToHash(): void {
  const { hash } = useLocation();
  useEffect(() => {
    jumpTo(hash);
  }, [hash]);
}

function jumpTo(hash: string): boolean {
  const target = hash === "" ? null : document.getElementById(decodeURIComponent(hash.slice(1)));
  if (target === null) return false;
  target.scrollIntoView();
  target.focus({ preventScroll: true });
  return true;
}
