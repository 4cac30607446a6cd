// Links of the router in the looks of NL Design System: as text, or as a button.
import type { ReactNode } from "react";
import { Link, type LinkProps } from "react-router";

/** A link in running text or a list. */
export function TextLink({ className = "", ...rest }: LinkProps) {
  return <Link {...rest} className={`utrecht-link utrecht-link--html-a ${className}`} />;
}

/** A link that looks like a button: it goes somewhere, so it stays a link. */
export function ButtonLink({ look = "secondary-action", ...rest }: LinkProps & { look?: "primary-action" | "secondary-action" | "subtle" }) {
  return <Link {...rest} className={`utrecht-button-link utrecht-button-link--html-a utrecht-button-link--${look}`} />;
}

/** The way back, above a page's title. */
export function BackLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <p className="back">
      <TextLink to={to}>
        <span aria-hidden="true">‹ </span>
        {children}
      </TextLink>
    </p>
  );
}
