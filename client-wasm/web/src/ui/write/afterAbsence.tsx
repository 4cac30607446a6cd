// After a time without a connection, on whatever page: what came in, where others wrote too, and what was not taken.
//
// Why it exists: who wrote in several chapters without a connection closes the window and comes back elsewhere. What
// waits is sent from here, and this says, once and shortly, what became of it. Nothing is shown when there is nothing to say.
import { Heading3 } from "@utrecht/component-library-react";
import { lazy, Suspense, useEffect, useSyncExternalStore } from "react";
import { useLocation, useMatch } from "react-router";
import type { Chapter, Plan } from "../../api/types.ts";
import { deskState, discardWords, onDeskState, type Reunion, reunionsRead, sendWhatWaits } from "../../core/client.ts";
import { useSay } from "../../i18n/words.ts";
import { useOnline } from "../app/offline.ts";
import { useSession } from "../app/session.tsx";
import type { Bar } from "../parts/bar.ts";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { PutAway } from "../parts/PutAway.tsx";
import { type Refusal, refusalsOf } from "./refusedWords.ts";
import { reunionWords, SharedParagraphs } from "./Reunion.tsx";

const WRITING = "/plannen/:planId/hoofdstukken/:chapterId/schrijven";

// Hardly anybody has refused words: whoever has none does not load what shows them.
const RefusedPanel = lazy(async () => ({ default: (await import("./RefusedPanel.tsx")).RefusedPanel }));

/** `reload` asks for the plan anew. */
export function useAfterAbsence(plan: Plan, reload: () => void): readonly Bar[] {
  const session = useSession();
  useEffect(() => {
    // A browser that keeps nothing has nothing to send.
    sendWhatWaits(session).catch(() => undefined);
  }, [session]);
  return [...useRefusedElsewhere(plan, reload), ...useReunions(plan)];
}

/** A report on every chapter but the one that is open for writing, where it stands beside the text. */
function useReunions(plan: Plan): readonly Bar[] {
  const { t } = useSay();
  const writing = useMatch(WRITING);
  const { reunions } = useSyncExternalStore(onDeskState, deskState);
  // "U bent weer verbonden" waits for when that is so.
  const online = useOnline();
  const here = (online ? reunions : []).filter((each) => each.planId === plan.id && each.chapterId !== writing?.params.chapterId);
  if (here.length === 0) return [];
  const notice = (
    <Notice kind="info" title={t("reunion.title")} live>
      <ul>
        {here.map((reunion) => (
          <ReunionItem key={reunion.chapterId} plan={plan} reunion={reunion} />
        ))}
      </ul>
      <PutAway onPutAway={() => reunionsRead(here)} />
    </Notice>
  );
  return [{ key: "reunions", kind: "info", line: t("reunion.title"), notice }];
}

function ReunionItem({ plan, reunion }: { plan: Plan; reunion: Reunion }) {
  const say = useSay();
  const { t } = say;
  const chapter = chapterOf(plan, reunion.chapterId);
  const own = `/plannen/${plan.id}/hoofdstukken/${reunion.chapterId}`;
  return (
    <li>
      <b>{chapter?.title ?? t("reunion.aChapter")}</b>: {reunionWords(reunion, say)}
      {reunion.shared.length > 0 && (
        <SharedParagraphs shared={reunion.shared}>
          {chapter?.mayOpenText === true && <TextLink to={`${own}/schrijven`}>{t("reunion.open", { title: chapter.title })}</TextLink>}
          {chapter?.mayReadHistory === true && <TextLink to={`${own}/geschiedenis`}>{t("reunion.look", { title: chapter.title })}</TextLink>}
        </SharedParagraphs>
      )}
    </li>
  );
}

/** Refused words of every chapter but the one that is open for writing, where they stand beside their text. */
function useRefusedElsewhere(plan: Plan, reload: () => void): readonly Bar[] {
  const { t } = useSay();
  const writing = useMatch(WRITING);
  const { refused } = useSyncExternalStore(onDeskState, deskState);
  const elsewhere = refused.filter(({ planId, chapterId }) => planId === plan.id && chapterId !== writing?.params.chapterId);
  useReloadOnEveryPage(elsewhere.length > 0, reload);
  return elsewhere.flatMap(({ chapterId, words }) => {
    const title = chapterOf(plan, chapterId)?.title ?? t("reunion.aChapter");
    return refusalsOf(words.map((each) => ({ ...each, at: new Date(each.at) }))).map((refusal): Bar => {
      const key = `${chapterId}/${refusal[0].id}`;
      const notice = (
        <section aria-labelledby={key}>
          <Heading3 id={key}>{t("reunion.keptOf", { title })}</Heading3>
          <Suspense>
            <RefusedElsewhere plan={plan} chapterId={chapterId} refusal={refusal} />
          </Suspense>
        </section>
      );
      return { key, kind: "warning", line: t("reunion.refusedLine", { title }), notice };
    });
  });
}

function RefusedElsewhere({ plan, chapterId, refusal }: { plan: Plan; chapterId: string; refusal: Refusal }) {
  const { t } = useSay();
  const chapter = chapterOf(plan, chapterId);
  const discard = (id: string) => discardWords(plan.id, chapterId, id);
  if (chapter?.mayWrite !== true) return <RefusedPanel refusal={refusal} standing="closed" onDiscard={discard} />;
  return (
    <RefusedPanel refusal={refusal} standing="elsewhere" onDiscard={discard}>
      <TextLink to={`/plannen/${plan.id}/hoofdstukken/${chapterId}/schrijven`}>{t("reunion.open", { title: chapter.title })}</TextLink>
    </RefusedPanel>
  );
}

/** What is said of kept words goes by what one may do now: the plan is asked for anew on every page one goes to. */
function useReloadOnEveryPage(isNeeded: boolean, reload: () => void): void {
  const { pathname } = useLocation();
  useEffect(() => {
    if (isNeeded) reload();
  }, [isNeeded, pathname, reload]);
}

function chapterOf(plan: Plan, chapterId: string): Chapter | undefined {
  return plan.chapters.find(({ id }) => id === chapterId);
}
