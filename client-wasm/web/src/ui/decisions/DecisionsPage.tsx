// Which text lies before whom now: what is frozen, what is open for reading, what is still written, and how far
// the agreements are. Recording the decisions themselves comes with decision moments.
import { Heading2 } from "@utrecht/component-library-react";
import { Fragment, useCallback } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { ChapterState, PlanEvent, PlanEventPage } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { lastEditedOf } from "../history/entry.ts";
import { ChapterBadge } from "../parts/Badge.tsx";
import { TextLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { earlierVersions } from "./earlier.ts";

const ORDER: readonly ChapterState[] = ["frozen", "reading", "drafting"];

export function DecisionsPage() {
  const { t } = useSay();
  const { plan } = usePlan();
  return (
    <Page title={t("decisions.title")} plan={plan.title}>
      <p className="lead">{t("decisions.intro")}</p>
      {ORDER.map((state) => (
        <Fragment key={state}>
          <Chapters state={state} />
          {state === "frozen" && plan.readsEvents === "all" && <Earlier />}
        </Fragment>
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

/** Most events that one answer holds. */
const AT_ONCE = 200;

/** Versions that chapters were frozen in before they were reopened; nothing when there are none, or they cannot be had now. */
function Earlier() {
  const { t, moment } = useSay();
  const { plan, path } = usePlan();
  const events = useLoaded(
    useCallback(
      async (signal: AbortSignal) => {
        const found: PlanEvent[] = [];
        let before: number | null | undefined;
        while (before !== null) {
          const query = { subject: "chapter", limit: AT_ONCE, ...(before === undefined ? {} : { before }) } as const;
          const page: PlanEventPage = await valueOf(api.GET("/plans/{planId}/events", { params: { path: { planId: plan.id }, query }, signal }));
          found.push(...page.items);
          before = page.next;
        }
        return found;
      },
      [plan.id],
    ),
  );
  const earlier = events.state === "ready" ? earlierVersions(plan.chapters, events.value) : [];
  if (earlier.length === 0) return null;
  return (
    <section className="card">
      <Heading2>{t("decisions.earlier")}</Heading2>
      <p className="meta">{t("decisions.earlierHelp")}</p>
      <ul className="plain">
        {earlier.map(({ chapter, version, position, at }) => {
          const name = version === null ? chapter.title : t("decisions.earlierVersion", { title: chapter.title, version });
          return (
            <li key={position}>
              {chapter.mayReadHistory ? <TextLink to={path(`hoofdstukken/${chapter.id}?op=${position}`)}>{name}</TextLink> : name}
              <p className="meta">{t("decisions.earlierAt", { when: moment(at) })}</p>
            </li>
          );
        })}
      </ul>
    </section>
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
