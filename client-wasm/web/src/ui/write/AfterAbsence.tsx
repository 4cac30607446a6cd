// After a time without a connection, on whatever page: what came in, where others wrote too, and what was not taken.
//
// Why it exists: who wrote in several chapters without a connection closes the window and comes back elsewhere. What
// waits is sent from here, and this says, once and shortly, what became of it. Nothing is shown when there is nothing to say.
import { Button, Heading3 } from "@utrecht/component-library-react";
import { lazy, Suspense, useEffect, useSyncExternalStore } from "react";
import { useMatch } from "react-router";
import type { Chapter, Plan } from "../../api/types.ts";
import { deskState, discardWords, onDeskState, type Reunion, reunionsRead, sendWhatWaits } from "../../core/client.ts";
import { useSay } from "../../i18n/words.ts";
import { useOnline } from "../app/offline.ts";
import { useSession } from "../app/session.tsx";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { reunionWords, SharedParagraphs } from "./Reunion.tsx";

const WRITING = "/plannen/:planId/hoofdstukken/:chapterId/schrijven";

// Hardly anybody has refused words: whoever has none does not load what shows them.
const RefusedPanel = lazy(async () => ({ default: (await import("./RefusedPanel.tsx")).RefusedPanel }));

export function AfterAbsence({ plan }: { plan: Plan }) {
  const session = useSession();
  useEffect(() => {
    // A browser that keeps nothing has nothing to send.
    sendWhatWaits(session).catch(() => undefined);
  }, [session]);
  return (
    <>
      <Reunions plan={plan} />
      <RefusedElsewhere plan={plan} />
    </>
  );
}

/** Reports on every chapter but the one that is open for writing, where they stand beside the text. */
function Reunions({ plan }: { plan: Plan }) {
  const { t } = useSay();
  const writing = useMatch(WRITING);
  const { reunions } = useSyncExternalStore(onDeskState, deskState);
  // "U bent weer verbonden" waits for when that is so.
  const online = useOnline();
  const here = (online ? reunions : []).filter((each) => each.planId === plan.id && each.chapterId !== writing?.params.chapterId);
  if (here.length === 0) return null;
  return (
    <div className="after-absence">
      <Notice kind="info" title={t("reunion.title")} live>
        <ul>
          {here.map((reunion) => (
            <ReunionItem key={reunion.chapterId} plan={plan} reunion={reunion} />
          ))}
        </ul>
        <Button appearance="secondary-action-button" onClick={() => reunionsRead(here)}>
          {t("reunion.understood")}
        </Button>
      </Notice>
    </div>
  );
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
function RefusedElsewhere({ plan }: { plan: Plan }) {
  const { t } = useSay();
  const writing = useMatch(WRITING);
  const { refused } = useSyncExternalStore(onDeskState, deskState);
  const elsewhere = refused.filter(({ planId, chapterId }) => planId === plan.id && chapterId !== writing?.params.chapterId);
  return elsewhere.map(({ planId, chapterId, words }) => (
    <section key={chapterId} className="after-absence" aria-labelledby={`geweigerd-${chapterId}`}>
      <Heading3 id={`geweigerd-${chapterId}`}>{t("reunion.keptOf", { title: chapterOf(plan, chapterId)?.title ?? t("reunion.aChapter") })}</Heading3>
      <Suspense>
        {words.map((each) => (
          <RefusedPanel key={each.id} words={{ ...each, at: new Date(each.at) }} onDiscard={() => discardWords(planId, chapterId, each.id)} />
        ))}
      </Suspense>
    </section>
  ));
}

function chapterOf(plan: Plan, chapterId: string): Chapter | undefined {
  return plan.chapters.find(({ id }) => id === chapterId);
}
