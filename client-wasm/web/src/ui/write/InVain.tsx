// Why undo or redo changed nothing, said where one writes.
//
// Why it exists: what others went on from is not taken back, and a key that does nothing looks broken.
import { useEffect, useState } from "react";
import type { ChapterView } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";

export function InVain({ view }: { view: ChapterView }) {
  const { t } = useSay();
  const [asked, setAsked] = useState<"undo" | "redo" | null>(null);
  useEffect(() => view.onVain(setAsked), [view]);
  useEffect(() => {
    const writesOn = ({ target }: Event) => {
      if (target instanceof Element && target.closest(".desk__text") !== null) setAsked(null);
    };
    document.addEventListener("input", writesOn);
    return () => document.removeEventListener("input", writesOn);
  }, []);
  // Always there, so that it is heard when words come into it.
  return (
    <p className="desk__vain" role="status">
      {asked !== null && t(`write.vain.${asked}`)}
    </p>
  );
}
