// Content to be forgotten (AVG): asked by one person of the programme team, approved by another, and what became of it.
import { Heading2, Heading3, Paragraph } from "@utrecht/component-library-react";
import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import type { ErasureList } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useFollowed } from "../parts/hooks.ts";
import { BackLink, TextLink } from "../parts/links.tsx";
import { Notice, useSuccess } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { positionIn } from "../plan/reading.ts";
import { Shown } from "../parts/Shown.tsx";
import { type About, AskErasure } from "./AskErasure.tsx";
import { ErasureCard } from "./ErasureCard.tsx";

/** How often one looks whether the server has done what was approved. */
const WORK_MS = 1_000;
/** How often one looks whether devices have said something. */
const DEVICES_MS = 5_000;

export function ErasuresPage() {
  const { t } = useSay();
  const { plan, path, reload: reloadPlan } = usePlan();
  const { success, tell } = useSuccess();
  const [search, setSearch] = useSearchParams();
  const chosen = aboutOf(search);
  const erasures = useFollowed(
    useCallback((signal: AbortSignal) => valueOf(api.GET("/plans/{planId}/erasures", { params: { path: { planId: plan.id } }, signal })), [plan.id]),
    pauseOf,
  );
  return (
    <Page title={t("erasure.title")} plan={plan.title} before={<BackLink to={path("beheer")}>{t("manage.title")}</BackLink>}>
      <p className="lead">{t("erasure.intro")}</p>
      {success}
      <Shown of={erasures}>
        {(known, reload) => {
          const changed = (sentence: string) => {
            tell(sentence);
            reload();
            reloadPlan();
          };
          const requests = <Requests erasures={known.items} onChanged={changed} />;
          // Whoever is asked to decide came for that.
          const isAsked = known.items.some(({ mayApprove }) => mayApprove);
          return (
            <>
              {isAsked && requests}
              {known.otherMembers === 0 && (
                <Notice kind="warning">
                  <p>{t("erasure.alone")}</p>
                  <TextLink to={path("mensen")}>{t("erasure.toPeople")}</TextLink>
                </Notice>
              )}
              {chosen === null ? (
                <HowItGoes />
              ) : (
                <AskErasure
                  key={search.toString()}
                  about={chosen}
                  onAsked={(sentence) => {
                    setSearch({});
                    changed(sentence);
                  }}
                  onCancel={() => setSearch({})}
                />
              )}
              {!isAsked && requests}
            </>
          );
        }}
      </Shown>
    </Page>
  );
}

function Requests({ erasures, onChanged }: { erasures: ErasureList["items"]; onChanged: (sentence: string) => void }) {
  const { t } = useSay();
  return (
    <section aria-labelledby="aanvragen">
      <Heading2 id="aanvragen">{t("erasure.requests")}</Heading2>
      {erasures.length === 0 && <p className="meta">{t("erasure.none")}</p>}
      <ul className="cards">
        {erasures.map((erasure) => (
          <li key={erasure.id}>
            <ErasureCard erasure={erasure} onChanged={onChanged} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The two people it takes, and the two places where what is to go can stand. */
function HowItGoes() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  return (
    <>
      <section className="card" aria-labelledby="zo-gaat-wissen">
        <Heading2 id="zo-gaat-wissen">{t("erasure.howTitle")}</Heading2>
        <ol className="steps">
          <li>{t("erasure.howAsk")}</li>
          <li>{t("erasure.howApprove")}</li>
          <li>{t("erasure.howDone")}</li>
        </ol>
      </section>
      <section className="card" aria-labelledby="wat-wissen">
        <Heading2 id="wat-wissen">{t("erasure.whatTitle")}</Heading2>
        <Heading3>{t("erasure.inChange")}</Heading3>
        <Paragraph>{t("erasure.inChangeHow")}</Paragraph>
        <TextLink to={path("geschiedenis")}>{t("erasure.toHistory")}</TextLink>
        {plan.chapters.length > 0 && (
          <>
            <Heading3>{t("erasure.inText")}</Heading3>
            <Paragraph>{t("erasure.inTextHow")}</Paragraph>
            <TextLink to={path("beheer/gegevens-wissen?hoofdstuk=")}>{t("erasure.toText")}</TextLink>
          </>
        )}
      </section>
    </>
  );
}

/** How soon one looks again: the server is at work, or devices are still to say that they let go of something. */
function pauseOf({ items }: ErasureList): number | null {
  if (items.some(({ state }) => state === "approved")) return WORK_MS;
  return items.some(({ text }) => (text?.devices?.unconfirmed.length ?? 0) > 0) ? DEVICES_MS : null;
}

/** What the address names: a change by its number, or a chapter, which may still have to be chosen. */
function aboutOf(search: URLSearchParams): About | null {
  const position = positionIn(search.get("wijziging"));
  if (position !== undefined) return { position };
  const chapter = search.get("hoofdstuk");
  return chapter === null ? null : { chapter };
}
