// The way to people, history and management, and to one's own settings.
import { Heading2 } from "@utrecht/component-library-react";
import { useCallback } from "react";
import { api, valueOf } from "../../api/client.ts";
import { currentLanguage, type Language, switchLanguage } from "../../i18n/setup.ts";
import { useSay } from "../../i18n/words.ts";
import { useOnline } from "../app/offline.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { SignOut } from "../app/SignOut.tsx";
import { useErasuresWaiting } from "../erasures/Waiting.tsx";
import { RadioField } from "../parts/fields.tsx";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { TextLink } from "../parts/links.tsx";
import { useLoaded } from "../parts/hooks.ts";
import { Page } from "../parts/Page.tsx";

export function MorePage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const waiting = useErasuresWaiting();
  const manages = plan.mayStructure || plan.chapters.some((chapter) => chapter.mayChangeStateTo.length > 0);
  return (
    <Page title={t("more.title")} plan={plan.title}>
      <ul className="ways-on">
        {plan.readsPeople !== "none" && <Way to={path("mensen")} icon="people" title={t("nav.people")} help={t("more.peopleHelp")} />}
        {plan.readsEvents !== "none" && <Way needsServer to={path("geschiedenis")} icon="clock" title={t("nav.history")} help={t(plan.readsEvents === "all" ? "more.historyHelp" : "more.historyHelpOwn")} />}
        <Way needsServer to={path("echtheid")} icon="seal" title={t("nav.authenticity")} help={t("more.authenticityHelp")} />
        <Way needsServer to={path("koppelingen")} icon="link" title={t("programs.title")} help={t("more.programsHelp")} />
        {manages && <Way to={path("beheer")} icon="settings" title={t("nav.manage")} help={waiting === 0 ? t("more.manageHelp") : t("erasure.waiting", { count: waiting })} />}
      </ul>
      <Account />
    </Page>
  );
}

interface WayProps {
  readonly to: string;
  readonly icon: IconName;
  readonly title: string;
  readonly help: string;
  /** Nothing of that page is kept on a device: without a connection it cannot be opened. */
  readonly needsServer?: boolean;
}

function Way({ to, icon, title, help, needsServer = false }: WayProps) {
  const { t } = useSay();
  const isClosed = !useOnline() && needsServer;
  return (
    <li className="card way-on">
      <Icon name={icon} />
      <span>
        {isClosed ? <b>{title}</b> : <TextLink to={to}>{title}</TextLink>}
        <span className="meta">{isClosed ? t("more.needsConnection") : help}</span>
      </span>
    </li>
  );
}

function Account() {
  const { t } = useSay();
  const { person, party } = useSession();
  const plans = useLoaded(useCallback((signal: AbortSignal) => valueOf(api.GET("/plans", { signal })), []));
  return (
    <section className="card form" aria-labelledby="aangemeld">
      <Heading2 id="aangemeld">{t("more.account")}</Heading2>
      <p>{t("app.signedInAs", { person: person.name, party: party.name })}</p>
      <RadioField<Language>
        legend={t("language.label")}
        value={currentLanguage()}
        onChange={(language) => void switchLanguage(language)}
        choices={[
          { value: "nl", label: t("language.nl") },
          { value: "en", label: t("language.en") },
        ]}
      />
      {plans.state === "ready" && plans.value.items.length > 1 && (
        <p>
          <TextLink to="/plannen">{t("plans.switch")}</TextLink>
        </p>
      )}
      <SignOut />
    </section>
  );
}
