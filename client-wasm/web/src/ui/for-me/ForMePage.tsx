// What changed for my organisation and in my chapters, and the way on from there.
import { Heading2 } from "@utrecht/component-library-react";
import { useCallback } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Chapter, ForMe, HistoryEntry, TakenByRestore } from "../../api/types.ts";
import { type Say, useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { ErasedText } from "../erasures/ErasedText.tsx";
import { ErasuresWaiting } from "../erasures/Waiting.tsx";
import { changedText, sentenceOf } from "../history/entry.ts";
import { takenLine } from "../history/takenWords.ts";
import { type TakenHere, useTakenWords } from "../history/useTakenWords.ts";
import { Few } from "../parts/Few.tsx";
import { ButtonLink, TextLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { CommitmentsNotPutBefore } from "../plan/NotPutBefore.tsx";
import { Shown } from "../parts/Shown.tsx";

export function ForMePage() {
  const { t } = useSay();
  const { plan, chapter } = usePlan();
  const { person, party } = useSession();
  const isOwn = (id: string) => chapter(id)?.team.some((member) => member.person.id === person.id && member.party.id === party.id) === true;
  const own = plan.chapters.filter(({ id }) => isOwn(id));
  const { taken } = useTakenWords(own.filter(({ mayReadHistory }) => mayReadHistory).map(({ id }) => id));
  const forMe = useLoaded(
    useCallback((signal: AbortSignal) => valueOf(api.GET("/plans/{planId}/for-me", { params: { path: { planId: plan.id } }, signal })), [plan.id]),
  );
  return (
    <Page title={t("forMe.title")} plan={plan.title}>
      <p className="lead">{t(own.length > 0 ? "forMe.intro" : "forMe.introParty", { party: party.name })}</p>
      <ErasuresWaiting />
      <Shown of={forMe}>
        {(value) => (
          <>
            {plan.readsCommitments === "none" ? <CommitmentsNotPutBefore /> : <Commitments changed={value.commitments} />}
            <Chapters id="mijn-hoofdstukken" title={t("forMe.chapters")} chapters={withTaken(value.chapters.filter(({ chapterId }) => isOwn(chapterId)), own, taken)} taken={taken} isOwn />
            <Chapters id="ook-gewijzigd" title={t("forMe.otherChapters")} chapters={value.chapters.filter(({ chapterId }) => !isOwn(chapterId))} />
          </>
        )}
      </Shown>
    </Page>
  );
}

type Taken = TakenHere["taken"];

const NOTHING: Taken = new Map();

type ChangedCommitment = ForMe["commitments"][number];

function Commitments({ changed }: { changed: readonly ChangedCommitment[] }) {
  const { t } = useSay();
  const { party } = useSession();
  const byCommitment = grouped(changed);
  return (
    <section aria-labelledby="voor-mijn-organisatie">
      <Heading2 id="voor-mijn-organisatie">{t("forMe.commitments")}</Heading2>
      {byCommitment.length === 0 ? (
        <p className="card card--quiet">{t("forMe.noCommitments", { party: party.name })}</p>
      ) : (
        <Few of={byCommitment} keyOf={([{ commitmentId }]) => commitmentId}>
          {(changes) => <CommitmentNews changes={changes} />}
        </Few>
      )}
    </section>
  );
}

type Group = readonly [ChangedCommitment, ...ChangedCommitment[]];

/** Changes of one commitment together, in the order of the newest. */
function grouped(changed: readonly ChangedCommitment[]): Group[] {
  const groups = new Map<string, Group>();
  for (const each of changed) {
    const known = groups.get(each.commitmentId);
    groups.set(each.commitmentId, known === undefined ? [each] : [...known, each]);
  }
  return [...groups.values()];
}

function CommitmentNews({ changes }: { changes: Group }) {
  const say = useSay();
  const { t, moment, sentence, byWay } = say;
  const { path } = usePlan();
  const [newest] = changes;
  const { change } = newest;
  return (
    <article className="card card--small news">
      <p className="entry__when">{moment(change.at)}</p>
      <h3 className="chapter__title">
        <TextLink to={path(`afspraken/${newest.commitmentId}`)}>{newest.title}</TextLink>
      </h3>
      <p>{byWay(sentence(toldOf(change, say)), change.via)}</p>
      {changes.length > 1 && <p className="meta">{t("forMe.moreEntries", { count: changes.length - 1 })}</p>}
      <div className="row">
        <ButtonLink to={`${path(`afspraken/${newest.commitmentId}`)}#wie-wijzigde-wat`} aria-label={t("forMe.lookCommitment", { title: newest.title })}>
          {t("forMe.look")}
        </ButtonLink>
      </div>
    </article>
  );
}

/** Who did what to a commitment, shorter than its change log tells it. */
function toldOf(change: ChangedCommitment["change"], { t, who, list }: Say): string {
  const by = who(change.actor);
  switch (change.kind) {
    case "created":
      return t("forMe.createdBy", { who: by });
    case "amended":
      return t("forMe.changedBy", { who: by, fields: list(change.fields.map(({ field }) => t(`fieldIn.${field}`))) });
    case "restored":
      return t("forMe.restoredBy", { who: by });
    case "restated":
      return t("changes.restated");
    case "erased":
      return t(change.revision === 0 ? "changes.created" : "changes.erased", { who: by });
    default:
      return change.kind satisfies never;
  }
}

interface ChaptersProps {
  readonly id: string;
  readonly title: string;
  readonly chapters: ForMe["chapters"];
  readonly taken?: Taken;
  /** One is in their writing team, and has something to go on with. */
  readonly isOwn?: boolean;
}

/** With the chapters in which one's own words went longer ago than the news goes back. */
function withTaken(news: ForMe["chapters"], own: readonly Chapter[], taken: Taken): ForMe["chapters"] {
  const silent = own.filter(({ id }) => taken.has(id) && !news.some(({ chapterId }) => chapterId === id));
  return [...news, ...silent.map(({ id, title }) => ({ chapterId: id, title, entries: [] }))];
}

/** Chapters under a heading, those first in which one's own words went; nothing where there are none. */
function Chapters({ id, title, chapters, taken = NOTHING, isOwn = false }: ChaptersProps) {
  if (chapters.length === 0) return null;
  const lost = ({ chapterId }: ForMe["chapters"][number]) => Number(taken.has(chapterId));
  const newestFirst = chapters.toSorted((one, other) => lost(other) - lost(one) || (other.entries[0]?.endedAt ?? "").localeCompare(one.entries[0]?.endedAt ?? ""));
  return (
    <section aria-labelledby={id}>
      <Heading2 id={id}>{title}</Heading2>
      <Few of={newestFirst} keyOf={({ chapterId }) => chapterId}>
        {(each) => <ChapterNews news={each} taken={taken.get(each.chapterId) ?? []} isOwn={isOwn} />}
      </Few>
    </section>
  );
}

interface ChapterNewsProps {
  readonly news: ForMe["chapters"][number];
  /** Restores that took words of one's own, which one has not put away. */
  readonly taken: readonly TakenByRestore[];
  readonly isOwn: boolean;
}

function ChapterNews({ news, taken, isOwn }: ChapterNewsProps) {
  const say = useSay();
  const { t, span, moment } = say;
  const { path, chapter } = usePlan();
  const own = `hoofdstukken/${news.chapterId}`;
  const erased = news.entries.filter(({ kind }) => kind === "erased");
  const isTold = (entry: HistoryEntry) => taken.some(({ restore }) => entry.kind === "restored" && entry.toPosition === restore.toPosition);
  const told = news.entries.filter((entry) => entry.kind !== "erased" && !isTold(entry));
  const [latest] = news.entries;
  const [newest] = told;
  const changed = news.entries.filter(changedText);
  const [first, last] = [changed.at(-1), changed[0]];
  const seen = first !== undefined && last !== undefined ? `${own}/geschiedenis/${first.fromPosition}/${last.toPosition}` : newest === undefined ? `${own}/geschiedenis` : own;
  const writesOn = isOwn && chapter(news.chapterId)?.mayWrite === true;
  return (
    <article className="card card--small news">
      {latest !== undefined && <p className="entry__when">{latest.kind === "erased" ? moment(latest.endedAt) : span(latest.startedAt, latest.endedAt)}</p>}
      <h3 className="chapter__title">
        <TextLink to={path(own)}>{news.title}</TextLink>
      </h3>
      {erased.map((entry) => (
        <ErasedText key={entry.toPosition} entry={entry} />
      ))}
      {taken.map((each) => (
        <p key={each.restore.toPosition}>
          <b>{takenLine(each, say)}</b>{" "}
          <TextLink to={path(`${own}/geschiedenis/${each.restore.fromPosition}/${each.restore.toPosition}`)}>{t("taken.look")}</TextLink>
        </p>
      ))}
      {newest !== undefined && <p>{sentenceOf(newest, say)}</p>}
      {told.length > 1 && <p className="meta">{t("forMe.moreEntries", { count: told.length - 1 })}</p>}
      <div className="row">
        {latest !== undefined && (writesOn || seen !== own) && (
          <ButtonLink to={path(seen)} aria-label={t("forMe.lookChapter", { title: news.title })}>
            {t("forMe.look")}
          </ButtonLink>
        )}
        {writesOn ? (
          <ButtonLink to={path(`${own}/schrijven`)} look="primary-action" aria-label={t("forMe.continueChapter", { title: news.title })}>
            {t("forMe.continue")}
          </ButtonLink>
        ) : (
          <ButtonLink to={path(own)} aria-label={t("forMe.readChapter", { title: news.title })}>
            {t("forMe.read")}
          </ButtonLink>
        )}
      </div>
    </article>
  );
}
