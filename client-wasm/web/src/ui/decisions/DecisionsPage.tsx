// Which text lies before whom now: what is frozen, what is open for reading, what is still written, and how far
// the agreements are. Recording the decisions themselves comes with decision moments.
import { Heading2 } from "@utrecht/component-library-react";
import { useCallback } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { ChapterState } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { lastEditedOf } from "../history/entry.ts";
import { ChapterBadge } from "../parts/Badge.tsx";
import { TextLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";

const ORDER: readonly ChapterState[] = ["frozen", "reading", "drafting"];

export function DecisionsPage() {
  const { t } = useSay();
  const { plan } = usePlan();
  return (
    <Page title={t("decisions.title")} plan={plan.title}>
      <p className="lead">{t("decisions.intro")}</p>
      {ORDER.map((state) => (
        <Chapters key={state} state={state} />
      ))}
      <section className="card">
        <Heading2>{t("decisions.commitments")}</Heading2>
        {plan.readsCommitments === "none" ? <p className="meta">{t("commitments.notYet")}</p> : <Complete />}
      </section>
    </Page>
  );
}

/** How many of the agreements that one reads are complete. */
function Complete() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const { party } = useSession();
  const commitments = useLoaded(
    useCallback((signal: AbortSignal) => valueOf(api.GET("/plans/{planId}/commitments", { params: { path: { planId: plan.id } }, signal })), [plan.id]),
  );
  const all = plan.readsCommitments === "all";
  return (
    <Shown of={commitments} part>
      {({ items }) => {
        const counted = { complete: items.filter((each) => each.stage === "complete").length, count: items.length, party: party.name };
        if (items.length === 0) return <p className="meta">{all ? t("commitments.none") : t("commitments.noneOfOwn", counted)}</p>;
        return (
          <p>
            <TextLink to={path("afspraken")}>{all ? t("decisions.commitmentsComplete", counted) : t("decisions.ownComplete", counted)}</TextLink>
          </p>
        );
      }}
    </Shown>
  );
}

function Chapters({ state }: { state: ChapterState }) {
  const say = useSay();
  const { t } = say;
  const { plan, path } = usePlan();
  const chapters = plan.chapters.filter((chapter) => chapter.state === state);
  return (
    <section className="card">
      <div className="chapter__head">
        <Heading2>{t(`decisions.${state}`)}</Heading2>
        <ChapterBadge state={state} />
      </div>
      {chapters.length === 0 ? (
        <p className="meta">{t(`decisions.${state}None`)}</p>
      ) : (
        <ul className="plain">
          {chapters.map((chapter) => (
            <li key={chapter.id}>
              {chapter.mayRead ? <TextLink to={path(`hoofdstukken/${chapter.id}`)}>{chapter.title}</TextLink> : chapter.title}
              {chapter.version !== null && <p className="meta">{t("decisions.inVersion", { version: chapter.version })}</p>}
              {chapter.lastEdited !== null && (
                <p className="meta">{lastEditedOf(chapter.lastEdited, say)}</p>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
