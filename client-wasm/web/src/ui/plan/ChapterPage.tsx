// Reading one chapter, now or as it was at a moment, with which text one reads always in sight.
import { Button } from "@utrecht/component-library-react";
import { type ReactNode, useEffect, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import type { Chapter, ChapterText, TextNode } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { useOnline } from "../app/offline.ts";
import { usePlan } from "../app/plan.tsx";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { saidOfPast } from "../history/beforeOffer.ts";
import { TakenAbove } from "../history/TakenWords.tsx";
import { TeamDialog } from "../manage/dialogs.tsx";
import { OfferButton } from "../manage/OfferButton.tsx";
import { ChapterBadge } from "../parts/Badge.tsx";
import { BackLink, ButtonLink, TextLink } from "../parts/links.tsx";
import { Notice, useSuccess } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { Connections } from "./Connections.tsx";
import { NotHere } from "./NotHere.tsx";
import { TextNotPutBefore } from "./NotPutBefore.tsx";
import { TeamLine } from "./PlanPage.tsx";
import { headingsOf, isEmpty, neighbours, positionIn } from "./reading.ts";
import { TextView } from "./TextView.tsx";
import { isNewest, useDeviceText } from "./useDeviceText.ts";
import { useFollowedText } from "./useFollowedText.ts";
import { useOnDevice } from "./useOnDevice.ts";

export function ChapterPage() {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  // The history is at the server alone.
  const online = useOnline();
  const { chapterId } = useParams();
  const [search] = useSearchParams();
  const at = positionIn(search.get("op"));
  const chapter = chapterOf(chapterId);
  const [isFailed, setFailed] = useState(false);
  if (chapter === undefined) return <NotFoundPage />;
  const own = `hoofdstukken/${chapter.id}`;
  return (
    <Page
      title={chapter.title}
      plan={plan.title}
      wide
      before={<BackLink to={path("plan")}>{t("plan.toPlan")}</BackLink>}
      actions={
        <>
          {chapter.mayWrite && at === undefined && (
            <ButtonLink to={path(`${own}/schrijven`)} look={chapter.mayChangeStateTo.includes("reading") ? "secondary-action" : "primary-action"}>
              {t("plan.write")}
            </ButtonLink>
          )}
          {at === undefined && <OfferButton chapter={chapter} />}
          {chapter.mayRestore && at !== undefined && online && !isFailed && (
            <ButtonLink look="secondary-action" to={path(`${own}/terugzetten/${at}`)}>
              {t("history.restoreTo")}
            </ButtonLink>
          )}
          {chapter.mayReadHistory && online && <ButtonLink to={path(`${own}/geschiedenis`)}>{t("plan.history")}</ButtonLink>}
        </>
      }
    >
      {chapter.mayRead ? <ReadingText key={`${chapter.id}/${at ?? ""}`} chapter={chapter} at={at} ownCopy onFailed={setFailed} /> : <TextNotPutBefore chapter={chapter} />}
    </Page>
  );
}

interface ReadingProps {
  readonly chapter: Chapter;
  readonly at: number | undefined;
  /** Without a connection the device's own copy may be read: nothing else on the page has the chapter open. */
  readonly ownCopy?: boolean;
  /** Told whether the text cannot be had. */
  readonly onFailed?: (isFailed: boolean) => void;
}

/** The text to read, with what is around it. The text of now follows those who write it. */
export function ReadingText(reading: ReadingProps) {
  return (
    <>
      {reading.at === undefined && <TakenAbove chapter={reading.chapter} />}
      <Text {...reading} />
    </>
  );
}

function Text({ chapter, at, ownCopy = false, onFailed }: ReadingProps) {
  const { plan } = usePlan();
  const online = useOnline();
  const text = useFollowedText(plan.id, chapter.id, at);
  const device = useDeviceText(plan.id, chapter.id, ownCopy && !online && at === undefined);
  const onDevice = useOnDevice(plan.id);
  const isFailed = text.state === "failed";
  useEffect(() => onFailed?.(isFailed), [onFailed, isFailed]);
  if (device !== null && (text.state !== "ready" || isNewest(device, text.value.text.recordedAt))) {
    return <Reading chapter={chapter} document={device.document} which={<WhichCopy at={device.at} />} />;
  }
  if (text.state === "failed" && text.error.status === 0 && at === undefined && onDevice !== null && !onDevice.has(chapter.id)) return <NotHere />;
  return (
    <Shown of={saidOfPast(text, chapter)}>
      {({ text: value, keptAt }) => (
        <Reading
          chapter={chapter}
          document={value.document}
          which={
            <>
              {!online && keptAt !== null && <WhichKept at={keptAt} />}
              <WhichText text={value} version={chapter.version} at={at} />
            </>
          }
        />
      )}
    </Shown>
  );
}

function Reading({ chapter, document, which }: { chapter: Chapter; document: TextNode; which: ReactNode }) {
  const { t } = useSay();
  const { path } = usePlan();
  return (
    <div className="reading">
      <aside className="reading__aside" aria-label={t("plan.aboutChapter")}>
        <ChapterBadge state={chapter.state} />
        <TeamLine chapter={chapter} />
        <p className="meta">
          <TextLink to={path(`afspraken?hoofdstuk=${chapter.id}`)}>{t("plan.commitmentsHere")}</TextLink>
        </p>
        <OnThisPage document={document} />
        <Connections chapter={chapter} />
      </aside>
      <div className="reading__text">
        {which}
        {isEmpty(document) ? <Empty chapter={chapter} /> : <TextView document={document} />}
        <Around chapter={chapter} />
      </div>
    </div>
  );
}

/** "U leest de tekst zoals die op dit apparaat staat, bijgewerkt tot vandaag 14:05". */
function WhichCopy({ at }: { at: number | null }) {
  const { t, moment } = useSay();
  return <p className="which which--then">{at === null ? t("reading.deviceNoDate") : t("reading.device", { date: moment(new Date(at).toISOString()) })}</p>;
}

/** "U leest de tekst zoals dit apparaat die vandaag 14:05 ophaalde". */
function WhichKept({ at }: { at: Date }) {
  const { t, moment } = useSay();
  return <p className="which which--then">{t("reading.kept", { date: moment(at.toISOString()) })}</p>;
}

/** A chapter without text; without a team too, whoever may choose one can do so here. */
function Empty({ chapter }: { chapter: Chapter }) {
  const { t } = useSay();
  const { plan, reload } = usePlan();
  const [choosing, setChoosing] = useState(false);
  const { success, tell } = useSuccess();
  const chosen = (sentence: string) => {
    setChoosing(false);
    tell(sentence);
    reload();
  };
  return (
    <>
      {success}
      <Notice kind="info">
        <p>{t("reading.empty")}</p>
        {chapter.teamId === null && <p>{t("manage.noTeam")}</p>}
        {chapter.teamId === null && plan.mayStructure && (
          <Button appearance="primary-action-button" onClick={() => setChoosing(true)}>
            {t("manage.chooseTeam")}
          </Button>
        )}
      </Notice>
      {choosing && <TeamDialog chapter={chapter} onClose={() => setChoosing(false)} onChanged={chosen} />}
    </>
  );
}

/** "U leest: concept van 7 december, nog niet vastgesteld". */
export function WhichText({ text, version, at }: { text: ChapterText; version: string | null; at: number | undefined }) {
  const { t, day, moment } = useSay();
  const { path } = usePlan();
  if (at !== undefined) {
    return (
      <p className="which which--then">
        {t("reading.at", { date: text.recordedAt === null ? "" : moment(text.recordedAt) })}{" "}
        <TextLink to={path(`hoofdstukken/${text.chapterId}`)}>{t("reading.atLink")}</TextLink>
      </p>
    );
  }
  const frozenIn = text.state === "frozen" && version !== null;
  const date = text.recordedAt === null ? "" : day(text.recordedAt);
  const named = frozenIn ? t("reading.frozenIn", { date, version }) : t(`reading.${text.state}`, { date });
  const words = text.recordedAt === null ? t("reading.draftingNoDate") : named;
  return (
    <p className="which">
      {words}
      {text.state === "frozen" && <span className="which__more">{t("reading.frozenWhy")}</span>}
    </p>
  );
}

function OnThisPage({ document }: { document: TextNode }) {
  const { t } = useSay();
  const headings = headingsOf(document).filter((heading) => heading.title.trim() !== "");
  if (headings.length < 2) return null;
  return (
    <details className="toc">
      <summary>{t("plan.onThisPage")}</summary>
      <ul>
        {headings.map((heading) => (
          <li key={heading.id} className={`toc__${heading.level}`}>
            <a className="utrecht-link utrecht-link--html-a" href={`#${heading.id}`}>
              {heading.title}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Around({ chapter }: { chapter: Chapter }) {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const { previous, next } = neighbours(plan.chapters, chapter.id);
  return (
    <nav className="around" aria-label={t("plan.around")}>
      {previous !== undefined && <TextLink to={path(`hoofdstukken/${previous.id}`)}>{t("plan.previous", { title: previous.title })}</TextLink>}
      {next !== undefined && (
        <TextLink to={path(`hoofdstukken/${next.id}`)} className="around__next">
          {t("plan.next", { title: next.title })}
        </TextLink>
      )}
    </nav>
  );
}
