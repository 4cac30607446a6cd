// What stands around every page: skip link, whose plan this is, who is signed in, and the five ways to go.
import { SkipLink } from "@utrecht/component-library-react";
import { type ReactNode, useSyncExternalStore } from "react";
import { Link, useLocation } from "react-router";
import type { Plan } from "../../api/types.ts";
import { deskState, onDeskState } from "../../core/client.ts";
import { useSay } from "../../i18n/words.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { NewRelease } from "./NewRelease.tsx";
import { useIsMissing, useIsSaidOffline, useKeptAt, useOnline } from "./offline.ts";
import { useSessionActions } from "./session.tsx";

interface Way {
  readonly page: string;
  readonly word: "forMe" | "plan" | "commitments" | "decisions" | "more";
  readonly icon: IconName;
  /** Pages that belong to this way although their address begins otherwise. */
  readonly also: readonly string[];
}

const WAYS: readonly Way[] = [
  { page: "voor-mij", word: "forMe", icon: "person", also: [] },
  { page: "plan", word: "plan", icon: "book", also: ["hoofdstukken"] },
  { page: "afspraken", word: "commitments", icon: "handshake", also: [] },
  { page: "besluiten", word: "decisions", icon: "gavel", also: [] },
  { page: "meer", word: "more", icon: "more", also: ["mensen", "koppelingen", "geschiedenis", "echtheid", "beheer"] },
];

export function Shell({ plan, children }: { plan: Plan | null; children: ReactNode }) {
  const { t } = useSay();
  const online = useOnline();
  const isSaid = useIsSaidOffline();
  const { known } = useSessionActions();
  const { isFull } = useSyncExternalStore(onDeskState, deskState);
  return (
    <div className="shell">
      <SkipLink href="#inhoud" className="utrecht-skip-link--visible-on-focus">{t("app.skip")}</SkipLink>
      <header className="top">
        <div className="top__inner">
          <div className="top__what">
            <Link to="/" className="brand">
              <Icon name="brand" />
              <span className="brand__name">{t("app.name")}</span>
            </Link>
            {plan !== null && <span className="top__plan">{plan.title}</span>}
          </div>
          {known.state === "in" && known.ended !== true && (
            <span className="top__who">
              <b>{known.session.person.name}</b>
              <span>{known.session.party.name}</span>
            </span>
          )}
        </div>
        {plan !== null && <Ways plan={plan} />}
      </header>
      {!online && !isSaid && <Offline isFull={isFull} />}
      <NewRelease />
      <main id="inhoud" className="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** Pages of a chapter's text say themselves of when it is and whether what one types is kept. */
const TEXT_PAGE = /\/hoofdstukken\/[^/]+(\/schrijven)?$/;

/** That there is no connection, and of when what one sees is; a page that has nothing to show says that itself. */
function Offline({ isFull }: { isFull: boolean }) {
  const { t, moment } = useSay();
  const keptAt = useKeptAt();
  const { pathname } = useLocation();
  const isMissing = useIsMissing();
  if (TEXT_PAGE.test(pathname) || isMissing) return <div className="offline" role="status">{t("app.offline")}</div>;
  const seen = keptAt === null ? t("app.offlineSeen") : t("app.offlineSeenOf", { date: moment(keptAt.toISOString()) });
  return (
    <div className="offline" role="status">
      {t("app.offline")} {seen} {isFull && t("app.offlineFull")}
    </div>
  );
}

function Ways({ plan }: { plan: Plan }) {
  const { t } = useSay();
  const { pathname } = useLocation();
  const base = `/plannen/${plan.id}/`;
  const ways = WAYS.filter(({ page }) => page !== "afspraken" || plan.readsCommitments !== "none");
  const here = pathname.startsWith(base) ? (pathname.slice(base.length).split("/")[0] ?? "") : "";
  return (
    <nav className="ways" aria-label={t("app.mainNav")}>
      <ul>
        {ways.map((way) => {
          const current = way.page === here || way.also.includes(here);
          return (
            <li key={way.page}>
              <Link to={base + way.page} className={current ? "way way--here" : "way"} aria-current={current ? "page" : undefined}>
                <Icon name={way.icon} />
                <span>{t(`nav.${way.word}`)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
