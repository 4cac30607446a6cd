// Writing a chapter together: the text, its toolbar, who else is here, and whether everything is kept.
import { Button } from "@utrecht/component-library-react";
import { type RefObject, useEffect, useId, useRef, useState } from "react";
import { useParams } from "react-router";
import type { Chapter } from "../../api/types.ts";
import type { ChapterState, SaveStatus } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { useOnline } from "../app/offline.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { OfferButton } from "../manage/OfferButton.tsx";
import { BackLink, ButtonLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { useWayBack } from "../parts/wayBack.ts";
import { ReadingText } from "../plan/ChapterPage.tsx";
import { TextNotPutBefore } from "../plan/NotPutBefore.tsx";
import { NotHere } from "../plan/NotHere.tsx";
import { useOnDevice } from "../plan/useOnDevice.ts";
import { DeskNews } from "./DeskNews.tsx";
import { endOf } from "./ended.ts";
import { InVain } from "./InVain.tsx";
import KeptWords from "./KeptWords.tsx";
import { People } from "./People.tsx";
import { RefusedPanel } from "./RefusedPanel.tsx";
import { refusalsOf, standingHere } from "./refusedWords.ts";
import { SaveState } from "./SaveState.tsx";
import { isSignedOut, SignInAgain } from "./SignInAgain.tsx";
import { StorageNotices, useKeeping } from "./StorageNotices.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useChapterView } from "./useChapterView.ts";
import { useKeptInSight, useRoomForText } from "./useRoomForText.ts";
import { WritingEnded } from "./WritingEnded.tsx";

export function WritePage() {
  const { t } = useSay();
  const { plan, path, reload, chapter: chapterOf } = usePlan();
  // The history is at the server alone.
  const online = useOnline();
  const { chapterId } = useParams();
  const chapter = chapterOf(chapterId);
  const [writesNow, setWritesNow] = useState<boolean | null>(null);
  const mayWrite = writesNow ?? chapter?.mayWrite === true;
  // What was written changes "laatst bewerkt" on the pages one goes to next.
  useEffect(() => reload, [reload]);
  if (chapter === undefined) return <NotFoundPage />;
  return (
    <Page
      title={t(mayWrite ? "write.title" : "write.titleReading", { title: chapter.title })}
      plan={plan.title}
      wide
      before={<BackLink to={path(`hoofdstukken/${chapter.id}`)}>{t(mayWrite ? "write.toReading" : "write.backToReading")}</BackLink>}
      actions={
        <>
          <OfferButton chapter={chapter} />
          {chapter.mayReadHistory && online && <ButtonLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("plan.history")}</ButtonLink>}
        </>
      }
    >
      <WritingOrReading key={chapter.id} chapter={chapter} onMayWrite={setWritesNow} />
    </Page>
  );
}

interface WritingProps {
  readonly chapter: Chapter;
  /** The server says whether one may write now, which the plan may not know yet; null when the text is closed. */
  readonly onMayWrite: (mayWrite: boolean | null) => void;
}

/**
 * The editor, for whoever may open the live text when they come; others read the text as it stands, with the words they
 * could not send above it. A right that ends meanwhile leaves the open editor where it is, to be read; one that comes back
 * opens it.
 */
function WritingOrReading({ chapter, onMayWrite }: WritingProps) {
  const { t } = useSay();
  const { plan, reload } = usePlan();
  const [opens, setOpens] = useState(chapter.mayOpenText);
  if (chapter.mayOpenText && !opens) setOpens(true);
  if (opens) return <Writing chapter={chapter} onMayWrite={onMayWrite} />;
  return (
    <>
      {chapter.mayRead ? (
        <Notice kind="info" title={t("write.ended.reading")}>
          {t("problem.live-text-withheld")}
        </Notice>
      ) : (
        <TextNotPutBefore chapter={chapter} />
      )}
      <KeptWords planId={plan.id} chapterId={chapter.id} onOpen={reload} />
      {chapter.mayRead && <ReadingText chapter={chapter} at={undefined} />}
    </>
  );
}

function Writing({ chapter, onMayWrite }: WritingProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const { person, party } = useSession();
  const online = useOnline();
  const refused = useRef<HTMLDivElement>(null);
  const unkept = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const keys = useId();
  const { element, view, state, failed } = useChapterView({ planId: plan.id, chapterId: chapter.id, person, party, label: t("write.field", { title: chapter.title }), describedBy: keys });
  useRoomForText(top, element);
  useKeptInSight(refused, element);
  useWayBack(element, view);
  const isRefused = state !== null && state.readOnlyReason !== null;
  const mayWrite = state?.canWrite === true ? true : isRefused ? false : null;
  useEffect(() => {
    if (mayWrite !== null) onMayWrite(mayWrite);
  }, [mayWrite, onMayWrite]);
  useEffect(() => () => onMayWrite(null), [onMayWrite]);
  const onDevice = useOnDevice(plan.id);
  const keeping = useKeeping(state);
  const status = statusShown(state?.status ?? "opening", online);
  const [wrote, setWrote] = useState(false);
  if (state?.canWrite === true && !wrote) setWrote(true);
  const end = state === null || state.canWrite || isElsewhere(state) || state.status === "opening" ? null : endOf(state, wrote);
  const [ended, setEnded] = useState<string | null>(null);
  const isNotHere = state?.status === "opening" && onDevice !== null && !onDevice.has(chapter.id);
  return (
    <div className="writing">
      {isNotHere && <NotHere />}
      {failed && (
        <Notice kind="error" live>
          {t("problem.no-writing")}
        </Notice>
      )}
      {state !== null && <NotHereNow state={state} />}
      {state?.status === "stopped" && (
        <Notice kind="warning" title={t("write.stopped.title")}>
          {t("write.stopped.kept")}
        </Notice>
      )}
      <div ref={unkept} tabIndex={-1}>
        {state !== null && <StorageNotices state={state} {...keeping} />}
      </div>
      <div ref={refused} tabIndex={-1}>
        {state !== null && end !== null && <WritingEnded chapter={chapter} state={state} view={view} end={end} wrote={wrote} onLine={setEnded} />}
        {view !== null &&
          state !== null &&
          end === null &&
          refusalsOf(state.refused).map((refusal) => {
            const standing = standingHere(refusal, { canWrite: state.canWrite, length: view.length() });
            const onPutBack = standing === "here" ? view.putBackRefused : undefined;
            return <RefusedPanel key={refusal[0].id} refusal={refusal} standing={standing} onDiscard={view.discardRefused} onPutBack={onPutBack} />;
          })}
      </div>
      <div className="writing__desk" hidden={isNotHere}>
        {state !== null && <People people={state.people} status={state.status} online={online} />}
        <div className="desk">
          <div ref={top} className="desk__top">
            {view !== null && state !== null && state.canWrite && <Toolbar formatting={state.formatting} onCommand={(command) => view.run(command)} onLinkAsked={view.onLinkAsked} />}
            <SaveState
              status={failed ? "failed" : status}
              signedOut={state !== null && isSignedOut(state)}
              passing={keeping.isPassing}
              unkept={state !== null && state.unkept !== null}
              refused={state !== null && state.refused.length > 0}
              ended={end !== null}
            />
            {view !== null && <InVain view={view} />}
            {view !== null && <DeskNews chapter={chapter} view={view} erasedBefore={state?.erasedBefore ?? null} isOffline={status === "offline"} />}
            {state !== null && state.unkept !== null && <LookAt panel={unkept} button="storage.look" words={t("storage.unkeptTitle")} />}
            {state !== null && (ended !== null || state.refused.length > 0) && (
              <LookAt
                panel={refused}
                button={state.refused.length > 0 ? "write.lookRefused" : "write.ended.look"}
                ended={ended}
              />
            )}
          </div>
          <div ref={element} className="text desk__text" lang="nl" />
          {/* Seen where it matters: in a list. */}
          <p id={keys} className={state?.canWrite === true && state.formatting.list !== null ? "meta desk__keys" : "only-heard"}>
            {t("write.keys")}
          </p>
        </div>
      </div>
    </div>
  );
}

/** Without a connection nothing is on its way: it is kept here, also before the core has noticed. */
function statusShown(status: SaveStatus, online: boolean): SaveStatus {
  return !online && (status === "saved" || status === "saving") ? "offline" : status;
}

interface LookAtProps {
  readonly panel: RefObject<HTMLDivElement | null>;
  readonly button: "write.lookRefused" | "write.ended.look" | "storage.look";
  /** Why one cannot write on, which is seen on a phone too. */
  readonly ended?: string | null;
  /** What is the matter, where neither the button nor the line beside it says so; on a phone the button does. */
  readonly words?: string;
}

/** Beside the text, wherever one is in it: something waits above, words that are not in it for instance. Not while one sees that. */
function LookAt({ panel, button, ended = null, words }: LookAtProps) {
  const { t } = useSay();
  if (useInSight(panel)) return null;
  const look = () => {
    panel.current?.scrollIntoView({ block: "start" });
    panel.current?.focus({ preventScroll: true });
  };
  return (
    <p className="desk__refused">
      {ended !== null && <b>{ended}</b>}
      {words !== undefined && <b className="desk__refused-title">{words}</b>}
      <Button appearance="secondary-action-button" onClick={look}>
        {t(button)}
      </Button>
    </p>
  );
}

/** Whether something of an element is seen. */
function useInSight(element: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(true);
  useEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting === true), { rootMargin: "-48px 0px" });
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return seen;
}

/** Whether one goes on elsewhere: in another window, or after signing in again. */
function isElsewhere(state: ChapterState): boolean {
  return state.status === "elsewhere" || isSignedOut(state);
}

function NotHereNow({ state }: { state: ChapterState }) {
  const { t } = useSay();
  if (state.canWrite || !isElsewhere(state)) return null;
  if (state.status === "elsewhere") {
    return (
      <Notice kind="info" title={t("write.elsewhere.title")} live>
        <p>{t("write.elsewhere.kept")}</p>
        <Button appearance="secondary-action-button" onClick={() => window.location.reload()}>
          {t("write.elsewhere.here")}
        </Button>
      </Notice>
    );
  }
  return (
    <Notice kind="warning" title={t("write.signedOut.title")} live>
      <p>{t("write.signedOut.kept")}</p>
      <SignInAgain />
    </Notice>
  );
}
