// What changed in a chapter between two moments: who wrote and who deleted which words. Who comes from a line about one
// person's work (`?wie=…&organisatie=…`) sees that person's share foremost, and is told that others' stands beside it.
import { useCallback } from "react";
import { useParams, useSearchParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Actor, Chapter, ChapterDifference } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { BackLink, ButtonLink, TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { saidOfPast } from "./beforeOffer.ts";
import { DifferenceView } from "./DifferenceView.tsx";
import { Parts } from "./Parts.tsx";
import { isOf, sharesOf } from "./share.ts";

export function ChangedPage() {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  const { chapterId, from, to } = useParams();
  const chapter = chapterOf(chapterId);
  const start = Number(from);
  const end = to === "nu" ? undefined : Number(to);
  if (chapter === undefined || !Number.isSafeInteger(start) || Number.isNaN(end)) return <NotFoundPage />;
  const own = `hoofdstukken/${chapter.id}`;
  return (
    <Page
      title={t("history.changedTitle", { title: chapter.title })}
      plan={plan.title}
      before={<BackLink to={path(`${own}/geschiedenis`)}>{t("history.backToList")}</BackLink>}
    >
      <Changed key={`${start}/${end ?? ""}`} chapter={chapter} from={start} to={end} />
    </Page>
  );
}

function Changed({ chapter, from, to }: { chapter: Chapter; from: number; to: number | undefined }) {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const own = `hoofdstukken/${chapter.id}`;
  const foremost = useForemost();
  const difference = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        valueOf(
          api.GET("/plans/{planId}/chapters/{chapterId}/differences", {
            params: { path: { planId: plan.id, chapterId: chapter.id }, query: to === undefined ? { from } : { from, to } },
            signal,
          }),
        ),
      [plan.id, chapter.id, from, to],
    ),
  );
  return (
    <Shown of={saidOfPast(difference, chapter)}>
      {(value) => (
        <>
          <When chapter={chapter} from={from} to={to} />
          {foremost !== undefined && <Share difference={value} foremost={foremost} />}
          <DifferenceView difference={value} foremost={foremost === undefined ? undefined : { actor: foremost, since: value.from }} />
          {to !== undefined && <Parts chapter={chapter} from={from} to={to} />}
          <div className="row">
            {chapter.mayRestore && (
              <ButtonLink to={path(`${own}/terugzetten/${from}`)} look="secondary-action">
                {t("history.restoreBefore")}
              </ButtonLink>
            )}
            {to !== undefined && <TextLink to={path(`${own}/geschiedenis/${from}/nu`)}>{t("history.sinceThen")}</TextLink>}
          </div>
        </>
      )}
    </Shown>
  );
}

/** Of whom one wants to see the share: the person and the party in the address. */
function useForemost(): Actor | undefined {
  const { plan, partyName } = usePlan();
  const [search] = useSearchParams();
  const [id, partyId] = [search.get("wie"), search.get("organisatie")];
  if (id === null || partyId === null) return undefined;
  const known = plan.people.find((each) => each.id === id);
  return { person: { id, name: known?.name ?? "" }, party: { id: partyId, name: partyName(partyId) } };
}

/** Says whose changes stand out, where the difference holds those of others too. */
function Share({ difference, foremost }: { difference: ChapterDifference; foremost: Actor }) {
  const { t, who, sentence } = useSay();
  const { own, others } = sharesOf(difference, { actor: foremost, since: difference.from });
  if (!others) return null;
  // The difference knows by name also who left.
  const named = difference.people.find((each) => isOf(each, foremost))?.actor ?? foremost;
  return (
    <Notice kind="info">
      <p>{sentence(t(own ? "history.shareAmong" : "history.shareGone", { who: who(named) }))}</p>
      <TextLink to="?">{t("history.shareAll")}</TextLink>
    </Notice>
  );
}

/** From when to when: the times of the two texts that are compared. Nothing while they are not known. */
function When({ chapter, from, to }: { chapter: Chapter; from: number; to: number | undefined }) {
  const { t, moment } = useSay();
  const { plan } = usePlan();
  const times = useLoaded(
    useCallback(
      async (signal: AbortSignal) => {
        const timeAt = async (at: number) => {
          const params = { path: { planId: plan.id, chapterId: chapter.id }, query: { at } };
          return (await valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/text", { params, signal }))).recordedAt;
        };
        return Promise.all([timeAt(from), to === undefined ? null : timeAt(to)]);
      },
      [plan.id, chapter.id, from, to],
    ),
  );
  if (times.state !== "ready") return null;
  const [start, end] = times.value;
  const until = end === null ? null : moment(end);
  // Before the first word there is no time to name.
  if (start === null) return <p className="lead">{until === null ? t("history.comparedAll") : t("history.comparedFromStart", { to: until })}</p>;
  const since = moment(start);
  return <p className="lead">{until === null ? t("history.comparedNow", { from: since }) : t("history.compared", { from: since, to: until })}</p>;
}
