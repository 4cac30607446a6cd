// Words of one's own that went when somebody else restored text: how many, by whom, which, and how to get them back.
import type { Chapter, TakenByRestore } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { PutAway } from "../parts/PutAway.tsx";
import { quotedOf } from "./entry.ts";
import { undoOf } from "./RestoreDone.tsx";
import { takenLine } from "./takenWords.ts";
import { useTakenWords } from "./useTakenWords.ts";

/** Above the text that one reads, until one puts it away. */
export function TakenAbove({ chapter }: { chapter: Chapter }) {
  const { taken, putAway } = useTakenWords(chapter.mayReadHistory ? [chapter.id] : []);
  const told = taken.get(chapter.id);
  if (told === undefined) return null;
  return (
    <Notice kind="warning" live>
      {told.map((each) => (
        <Taken key={each.restore.toPosition} chapter={chapter} taken={each} />
      ))}
      <PutAway onPutAway={() => putAway(chapter.id)} />
    </Notice>
  );
}

/** One restore: the line, the words, and the ways on. */
export function Taken({ chapter, taken }: { chapter: Chapter; taken: TakenByRestore }) {
  const say = useSay();
  const { t } = say;
  const { path } = usePlan();
  const { restore, words } = taken;
  const own = `hoofdstukken/${chapter.id}`;
  return (
    <>
      <p>
        <b>{takenLine(taken, say)}</b>
      </p>
      <details className="shared">
        <summary>{t("taken.more")}</summary>
        <p>
          <b>{t("history.quoteWent")}</b> {quotedOf(words, say)}
        </p>
        {restore.reason != null && <p>{t("history.reason", { reason: restore.reason })}</p>}
        <p>{t(chapter.mayRestore ? "taken.backByUndo" : chapter.mayWrite ? "taken.backByHand" : "taken.backByTeam")}</p>
      </details>
      <div className="row row--links">
        <TextLink to={path(`${own}/geschiedenis/${restore.fromPosition}/${restore.toPosition}`)}>{t("taken.look")}</TextLink>
        {chapter.mayRestore && <TextLink to={path(`${own}/${undoOf(restore.fromPosition, restore.toPosition)}`)}>{t("restore.undo")}</TextLink>}
      </div>
    </>
  );
}
