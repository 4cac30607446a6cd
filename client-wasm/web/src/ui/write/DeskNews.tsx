// What happened meanwhile, above the text that one writes in: one line that opens where there is little room for it.
//
// Why it exists: news stays in sight wherever one is in a long text, so it takes its room from the text. Several of them,
// or one on a phone, are a line with a button; the rest comes when one asks for it, and goes when one writes on.
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import type { Chapter } from "../../api/types.ts";
import type { ChapterView } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { ErasedHere, useErased } from "./ErasedHere.tsx";
import { RestoredHere, useRestores } from "./RestoredHere.tsx";
import { ReunionHere, useReunionsOf } from "./ReunionHere.tsx";

/** Narrower than this is a phone; as in `styles/write.css`. */
const PHONE = window.matchMedia("(max-width: 47.99rem)");

export function DeskNews({ chapter, view, erasedBefore }: { chapter: Chapter; view: ChapterView; erasedBefore: number | null }) {
  const erased = useErased(chapter, erasedBefore);
  const restores = useRestores(chapter, view);
  const count = useReunionsOf(chapter).length + restores.restores.length + (erased.entry === null ? 0 : 1);
  const isPhone = useSyncExternalStore(onPhone, () => PHONE.matches);
  if (count === 0) return null;
  const news = (
    <>
      <ReunionHere chapter={chapter} view={view} />
      <RestoredHere chapter={chapter} {...restores} />
      {erased.entry !== null && <ErasedHere chapter={chapter} entry={erased.entry} dismiss={erased.dismiss} />}
    </>
  );
  return count > 1 || isPhone ? <Strip count={count}>{news}</Strip> : news;
}

function Strip({ count, children }: { count: number; children: ReactNode }) {
  const { t } = useSay();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const writesOn = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.closest(".desk__text") !== null) setOpen(false);
    };
    document.addEventListener("focusin", writesOn);
    return () => document.removeEventListener("focusin", writesOn);
  }, []);
  return (
    <details className="desk__strip" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span role="status">{t("write.news", { count })}</span>
      </summary>
      <div className="desk__strip-all">{children}</div>
    </details>
  );
}

function onPhone(listener: () => void): () => void {
  PHONE.addEventListener("change", listener);
  return () => PHONE.removeEventListener("change", listener);
}
