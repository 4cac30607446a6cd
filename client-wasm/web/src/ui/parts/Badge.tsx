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
