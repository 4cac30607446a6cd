// Above every page of a plan: that its history is in doubt, for whoever has to act on it.
//
// What a witness or the server itself says is told to the programme team and the coalition. A fork that this device
// caught is told to whoever sits at it: nobody else can know. So is what it saw and a restore did not bring back, until the reader says
// to know why.
import { useEffect, useState } from "react";
import { useLocation } from "react-router";
import type { Plan, Session } from "../../api/types.ts";
import { recall } from "../../core/proofMemory.ts";
import { useSay } from "../../i18n/words.ts";
import { useSession } from "../app/session.tsx";
import type { Bar } from "../parts/bar.ts";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { useCaught } from "./forks.ts";
import { checkNewest, witnessState } from "./prove.ts";

/** How often it is asked whether there is an alarm. */
const ASK_EVERY_MS = 60_000;
/** A page that has just opened has better things to do first. */
const FIRST_ASK_MS = 1_500;

export function useAlarm(plan: Plan): readonly Bar[] {
  const { t } = useSay();
  const session = useSession();
  const guardian = isGuardian(plan, session);
  const inDoubt = useWatched(plan.id, guardian);
  const { fork, lost } = useCaught(plan.id);
  const { pathname } = useLocation();
  if ((!inDoubt && fork === null && lost === null) || pathname.endsWith("/echtheid")) return [];
  const isLoss = fork === null && !inDoubt;
  const ofDevice = guardian ? "alarm.bannerForkGuard" : "alarm.bannerFork";
  const words = fork !== null ? ofDevice : isLoss ? "alarm.bannerLost" : "alarm.banner";
  const title = t(isLoss ? "alarm.lostTitle" : "alarm.title");
  const notice = (
    <Notice kind="error" title={title} live>
      <p>
        {t(words)} <TextLink to={`/plannen/${plan.id}/echtheid`}>{t("alarm.look")}</TextLink>
      </p>
    </Notice>
  );
  return [{ key: "alarm", kind: "error", line: title, notice }];
}

/** Whether somebody is of the programme team or the coalition for the party they are signed in for. */
export function isGuardian(plan: Plan, { person, party }: Session): boolean {
  const own = plan.people.filter((each) => each.id === person.id && each.party.id === party.id);
  return own.some(({ roles }) => roles.includes("programmateam") || roles.includes("coalitie"));
}

/**
 * Whether the history is in doubt: asks now and then how it stands, and holds it against what this device saw. Only for those to whom
 * it is told, and on devices on which somebody asked before: nobody else loads anything.
 */
function useWatched(plan: string, guardian: boolean): boolean {
  const [inDoubt, setInDoubt] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    const look = async () => {
      if (document.visibilityState === "hidden") return;
      const known = await recall(plan);
      if (!guardian && known === null) return;
      const now = await witnessState(plan, abort.signal);
      const newest = now.checkpoint;
      const isSeen = known?.fork === null && known.seen.origin === now.origin && known.seen.size === newest?.size && known.seen.root === newest.root;
      const checked = isSeen ? null : await checkNewest(plan, now, abort.signal);
      const isFalse = checked?.state === "failed";
      if (!abort.signal.aborted) setInDoubt(isFalse || (guardian && now.alarms.length > 0));
    };
    // What cannot be asked now is asked again.
    const ask = () => void look().catch(() => undefined);
    const first = setTimeout(ask, FIRST_ASK_MS);
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
      abort.abort();
    };
  }, [plan, guardian]);
  return inDoubt;
}
