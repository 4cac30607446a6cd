// The history of a chapter: sessions of work and moments, newest first, each with a way to see and to bring back.
import { Button } from "@utrecht/component-library-react";
import { useCallback, useEffect, useState } from "react";
import { useParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useCommand, useLoaded } from "../parts/hooks.ts";
import type { Chapter, HistoryEntry, QuotedWords } from "../../api/types.ts";
import { type Say, tellingApart, useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { Erased } from "../erasures/Erased.tsx";
import { ErasedWhy } from "../erasures/ErasedText.tsx";
import { BackLink, ButtonLink, TextLink } from "../parts/links.tsx";
import { Notice, Trouble } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { Authenticity } from "../proof/Authenticity.tsx";
import { undoOf } from "./RestoreDone.tsx";
import { changedText, quotedOf, restoreTimes, sentenceOf, sizeOf, undoneOf } from "./entry.ts";

export function ChapterHistoryPage() {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  const { chapterId } = useParams();
  const chapter = chapterOf(chapterId);
  if (chapter === undefined) return <NotFoundPage />;
  return (
    <Page
      title={t("history.title", { title: chapter.title })}
      plan={plan.title}
      before={<BackLink to={path(`hoofdstukken/${chapter.id}`)}>{chapter.title}</BackLink>}
      actions={chapter.mayReadHistory && <ButtonLink to={path(`hoofdstukken/${chapter.id}/schrijvers`)}>{t("history.whoWrote")}</ButtonLink>}
    >
      <History key={chapter.id} chapter={chapter} />
    </Page>
  );
}

function History({ chapter }: { chapter: Chapter }) {
  const say = useSay();
  const { t } = say;
  const { plan } = usePlan();
  const page = useCallback(
    (before: number | undefined, signal?: AbortSignal) =>
      valueOf(
        api.GET("/plans/{planId}/chapters/{chapterId}/history", {
          params: { path: { planId: plan.id, chapterId: chapter.id }, query: before === undefined ? {} : { before } },
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    [plan.id, chapter.id],
  );
  const first = useLoaded(useCallback((signal: AbortSignal) => page(undefined, signal), [page]));
  const [older, setOlder] = useState<{ items: HistoryEntry[]; next: number | null } | null>(null);
  const more = useCommand(async (_key: string, before: number) => {
    const next = await page(before);
    setOlder((known) => ({ items: [...(known?.items ?? []), ...next.items], next: next.next }));
  });
  return (
    <Shown of={first}>
      {(value, reload) => {
        const showNewest = () => {
          setOlder(null);
          reload();
        };
        const items = [...value.items, ...(older?.items ?? [])];
        const undone = undoneOf(items);
        const next = older === null ? value.next : older.next;
        const isClosed = (entry: HistoryEntry) => value.erasedBefore !== null && entry.toPosition < value.erasedBefore;
        return (
          <>
            {items.some((entry) => changedText(entry) && !isClosed(entry)) && (
              <details className="lead">
                <summary>{t("history.introHow")}</summary>
                {t("history.introChanges")}
              </details>
            )}
            <Newer chapter={chapter} known={value.items[0]?.toPosition ?? -1} onShow={showNewest} />
            {value.startsAtOffer && <Notice kind="info">{t("history.fromOffer")}</Notice>}
            {items.length === 0 && <Notice kind="info">{t("history.empty")}</Notice>}
            <ol className="timeline">
              {items.map((entry, index) => (
                <li key={`${entry.kind}/${entry.toPosition}`}>
                  {entry.kind === "erased" ? <ErasedTime entry={entry} /> : <Entry chapter={chapter} entry={entry} newest={index === 0} undone={undone.has(entry)} say={tellingApart(say, restoreTimes(items))} closed={isClosed(entry)} />}
                </li>
              ))}
            </ol>
            <Trouble error={more.error} />
            {next !== null && (
              <Button appearance="secondary-action-button" disabled={more.busy} onClick={() => void more.run(next)}>
                {t("app.more")}
              </Button>
            )}
          </>
        );
      }}
    </Shown>
  );
}

/** How often it is asked whether something new happened. */
const LOOK_AGAIN_MS = 20_000;

/** Says quietly that there is more than the list shows; the list itself does not move under the reader. */
function Newer({ chapter, known, onShow }: { chapter: Chapter; known: number; onShow: () => void }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [newest, setNewest] = useState(known);
  useEffect(() => {
    const abort = new AbortController();
    const look = async () => {
      if (document.visibilityState === "hidden") return;
      const params = { path: { planId: plan.id, chapterId: chapter.id }, query: { limit: 1 } };
      const page = await valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/history", { params, signal: abort.signal }));
      setNewest(page.items[0]?.toPosition ?? -1);
    };
    // Not to know whether there is more is no trouble of the reader's.
    const timer = setInterval(() => void look().catch(() => undefined), LOOK_AGAIN_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [plan.id, chapter.id]);
  if (newest <= known) return null;
  return (
    <Notice kind="info" live>
      <p>{t("history.newer")}</p>
      <Button appearance="secondary-action-button" onClick={onShow}>
        {t("history.showNewer")}
      </Button>
    </Notice>
  );
}

/** In the place of what was told of a time whose text was erased: that it was, why, and by whom. */
function ErasedTime({ entry }: { entry: HistoryEntry }) {
  const say = useSay();
  return (
    <article className="entry entry--erased">
      <p className="entry__when">{say.span(entry.startedAt, entry.endedAt)}</p>
      <h2 className="entry__what">{sentenceOf(entry, say)}</h2>
      <ErasedWhy entry={entry} />
    </article>
  );
}

/** Words that changed. */
function Quoted({ label, words }: { label: string; words: QuotedWords }) {
  const say = useSay();
  if (words.excerpts.length === 0) return null;
  return (
    <p className="entry__excerpt">
      <b>{label}</b> {quotedOf(words, say)}
    </p>
  );
}

interface EntryProps {
  readonly chapter: Chapter;
  readonly entry: HistoryEntry;
  readonly newest: boolean;
  /** Tells the restores of this history apart. */
  readonly say: Say;
  /** A restore that another one took back. */
  readonly undone: boolean;
  /** The text of then is erased, so that nothing of it is offered. */
  readonly closed: boolean;
}

function Entry({ chapter, entry, newest, say, undone, closed }: EntryProps) {
  const { t, span, moment } = say;
  const { path } = usePlan();
  const own = `hoofdstukken/${chapter.id}`;
  const changed = changedText(entry);
  const { inserted, deleted } = sizeOf(entry);
  const when = entry.kind === "restored" ? moment(entry.endedAt) : span(entry.startedAt, entry.endedAt);
  return (
    <article className={`entry entry--${entry.kind}`}>
      <p className="entry__when">{when}</p>
      <h2 className="entry__what">{sentenceOf(entry, say)}</h2>
      <Quoted label={t(entry.kind === "restored" ? "history.quoteBack" : "history.quoteCame")} words={entry.insertedWords} />
      <Quoted label={t("history.quoteWent")} words={entry.deletedWords} />
      {entry.reason != null && <p className="entry__reason">{t("history.reason", { reason: entry.reason })}</p>}
      {undone && <p className="entry__reason">{t("history.wasUndone")}</p>}
      <Erased note={entry.erased} />
      {changed && (
        <p className="meta">
          {t("history.added", { count: inserted })}, {t("history.removed", { count: deleted })}
        </p>
      )}
      {!closed && (
        <div className="row row--links">
          {changed && (
            <TextLink to={path(`${own}/geschiedenis/${entry.fromPosition}/${entry.toPosition}`)}>
              {t("history.show")}
              <span className="only-heard">, {when}</span>
            </TextLink>
          )}
          <TextLink to={path(`${own}?op=${entry.toPosition}`)}>
            {t("history.readThen")}
            <span className="only-heard">, {when}</span>
          </TextLink>
          {chapter.mayRestore && entry.kind === "restored" && !undone && (
            <TextLink to={path(`${own}/${undoOf(entry.fromPosition, entry.toPosition)}`)}>
              {t("restore.undo")}
              <span className="only-heard">, {when}</span>
            </TextLink>
          )}
          {chapter.mayRestore && !newest && (
            <TextLink to={path(`${own}/terugzetten/${entry.toPosition}`)}>
              {t("history.restoreTo")}
              <span className="only-heard">, {when}</span>
            </TextLink>
          )}
        </div>
      )}
      <Authenticity
        of={{ position: entry.toPosition, at: entry.endedAt, actors: entry.people.map(({ actor }) => actor), subject: chapter.id, isLastOfMany: entry.kind === "work", isErased: entry.erased !== undefined }}
        when={when}
      />
    </article>
  );
}
