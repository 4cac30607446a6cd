// Beside the text that one writes in: words of one's own that went by a restore while one was away.
import type { Chapter, TakenByRestore } from "../../api/types.ts";
import { Taken } from "../history/TakenWords.tsx";
import { PutAway } from "../parts/PutAway.tsx";

interface TakenHereProps {
  readonly chapter: Chapter;
  readonly taken: readonly TakenByRestore[];
  readonly dismiss: () => void;
}

export function TakenHere({ chapter, taken, dismiss }: TakenHereProps) {
  if (taken.length === 0) return null;
  return (
    <div className="desk__news" role="status">
      <div className="desk__news-text">
        {taken.map((each) => (
          <Taken key={each.restore.toPosition} chapter={chapter} taken={each} />
        ))}
      </div>
      <PutAway onPutAway={dismiss} />
    </div>
  );
}
