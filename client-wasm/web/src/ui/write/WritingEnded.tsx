// One message for who may not write on: what happened, what became of their words, and what they can do with them.
import { useEffect } from "react";
import type { Actor, Chapter } from "../../api/types.ts";
import type { ChapterState, ChapterView } from "../../editor/chapterView.ts";
import { problemOf, useSay } from "../../i18n/words.ts";
import { Notice } from "../parts/Notice.tsx";
import { type End, isAllSaved } from "./ended.ts";
import { WordsToKeep } from "./RefusedPanel.tsx";
import { helpOf, isWithheld, refusalsOf, titleOf, whyOf } from "./refusedWords.ts";
import { useDecision } from "./useDecision.ts";

interface EndedProps {
  readonly chapter: Chapter;
  readonly state: ChapterState;
  readonly view: ChapterView | null;
  readonly end: End;
  /** One could write here earlier, on this page. */
  readonly wrote: boolean;
  /** Says in a few words what happened, for where this is out of sight. */
  readonly onLine: (line: string | null) => void;
}

/** A person without their organisation, which the message itself names. */
function shortly(actor: Actor): Actor {
  return actor.person === null ? actor : { ...actor, party: null };
}

export function WritingEnded({ chapter, state, view, end, wrote, onLine }: EndedProps) {
  const { t, who, moment } = useSay();
  const decision = useDecision(chapter, end);
  const decidedBy = end === "frozen" ? "frozenBy" : "withdrawnBy";
  const title = decision === null ? t(`write.ended.${end}`) : t(`write.ended.${decidedBy}`, { who: who(decision.actor), when: moment(decision.at) });
  const line = decision === null ? t(`write.ended.line.${end}`) : t(`write.ended.line.${decidedBy}`, { who: who(shortly(decision.actor)) });
  useEffect(() => {
    onLine(line);
    return () => onLine(null);
  }, [line, onLine]);
  const { readOnlyReason: reason, refused, status } = state;
  return (
    <Notice kind={end === "reading" ? "info" : "warning"} title={title} live>
      {decision?.details.reason !== undefined && <p>{t("history.reason", { reason: decision.details.reason })}</p>}
      <p>
        {end === "frozen" ? t("write.ended.frozenHelp") : reason !== null && problemOf(reason, t)} {status === "closed" && t("write.noAccessHelp")}
      </p>
      {isAllSaved(state, wrote) && <p>{t("write.ended.allSaved")}</p>}
      {view !== null &&
        refusalsOf(refused).map((refusal) => (
          <div key={refusal[0].id} className="notice__part">
            <p className="notice__title">{titleOf(refusal, t)}</p>
            {(isWithheld(refusal[0]) || refusal[0].reason !== reason) && <p>{whyOf(refusal, "closed", t)}</p>}
            <p>{helpOf(refusal, "closed", t)}</p>
            <WordsToKeep refusal={refusal} onDiscard={view.discardRefused} />
          </div>
        ))}
    </Notice>
  );
}
