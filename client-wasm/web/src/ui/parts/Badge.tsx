// Short states in a word, with a shape beside the colour.
import type { ChapterState, CommitmentStage } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";

const CHAPTER_STEP: Record<ChapterState, 1 | 2 | 3> = { drafting: 1, reading: 2, frozen: 3 };
const STAGE_STEP: Record<CommitmentStage, 1 | 2 | 3> = { direction: 1, elaborated: 2, complete: 3 };

export function ChapterBadge({ state }: { state: ChapterState }) {
  const { t } = useSay();
  return <Badge step={CHAPTER_STEP[state]} text={t(`chapterState.${state}`)} />;
}

export function StageBadge({ stage }: { stage: CommitmentStage }) {
  const { t } = useSay();
  return <Badge step={STAGE_STEP[stage]} text={t(`stage.${stage}`)} />;
}

function Badge({ step, text }: { step: 1 | 2 | 3; text: string }) {
  return (
    <span className={`badge badge--${step}`}>
      <svg viewBox="0 0 22 8" width="22" height="8" aria-hidden="true" focusable="false">
        {[1, 2, 3].map((each) => (
          <circle key={each} cx={each * 7 - 3} cy="4" r="2.6" className={each <= step ? "badge__on" : "badge__off"} />
        ))}
      </svg>
      {text}
    </span>
  );
}

/** A state that goes well, waits, or does not go well. */
export function MarkBadge({ mark, text }: { mark: "well" | "waiting" | "bad"; text: string }) {
  return (
    <span className={`badge badge--${mark}`}>
      <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false">
        <path d={MARKS[mark]} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {text}
    </span>
  );
}

const MARKS = { well: "m1.500 5.500 2.500 2.500 4.500-6", waiting: "M5 1.500V5.500h2.500", bad: "M5 1.500v4.500M5 8.500v.01" } as const;
