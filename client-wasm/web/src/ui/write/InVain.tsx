// What one just asked of the text and it did not do: undo that may take nothing, a link without words, a paste of which not all came along.
//
// Why it exists: what others went on from is not taken back, and a text holds no tables or pictures; a key that does
// nothing looks broken, and what is silently lost is missed too late.
import { useEffect, useState } from "react";
import type { ChapterView } from "../../editor/chapterView.ts";
import type { Lost } from "../../editor/paste.ts";
import { useSay } from "../../i18n/words.ts";

/** What to say; nothing once one writes on. */
type Told = { readonly asked: "undo" | "redo" | "link" } | { readonly lost: readonly Lost[] } | null;

export function InVain({ view }: { view: ChapterView }) {
  const { t, list } = useSay();
  const [told, setTold] = useState<Told>(null);
  useEffect(() => view.onVain((asked) => setTold(asked === null ? null : { asked })), [view]);
  useEffect(() => view.onPasted((lost) => setTold(lost.length === 0 ? null : { lost })), [view]);
  useEffect(() => {
    const writesOn = ({ target }: Event) => {
      if (target instanceof Element && target.closest(".desk__text") !== null) setTold(null);
    };
    document.addEventListener("input", writesOn);
    return () => document.removeEventListener("input", writesOn);
  }, []);
  // Always there, so that it is heard when words come into it.
  return (
    <p className="desk__vain" role="status">
      {told !== null && ("asked" in told ? t(`write.vain.${told.asked}`) : t("write.notTaken.all", { what: list(told.lost.map((what) => t(`write.notTaken.${what}`))) }))}
    </p>
  );
}
