// What happened meanwhile, above the text that one writes in: one line that opens where there is little room for it.
//
// Why it exists: news stays in sight wherever one is in a long text, so it takes its room from the text. Several of them,
// or one on a phone, are a line with a button; the rest comes when one asks for it, and goes when one writes on.
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import type { Chapter, HistoryEntry, PlanEvent, TakenByRestore } from "../../api/types.ts";
import type { Reunion } from "../../core/client.ts";
import type { ChapterView } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { isOf, takenLine } from "../history/takenWords.ts";
import { useTakenWords } from "../history/useTakenWords.ts";
import { Strip } from "../parts/Strip.tsx";
import { isReturning } from "../parts/wayBack.ts";
import { ErasedHere, useErased } from "./ErasedHere.tsx";
import { type Headline, inOrder, newestOf } from "./headlines.ts";
import { RestoredHere, restoreHeadline, useRestores } from "./RestoredHere.tsx";
import { ReunionHere, reunionHeadline, useReunionsOf } from "./ReunionHere.tsx";
import { TakenHere } from "./TakenHere.tsx";

/** Narrower than this is a phone; as in `styles/write.css`. */
const PHONE = window.matchMedia("(max-width: 47.99rem)");

interface DeskNewsProps {
  readonly chapter: Chapter;
  readonly view: ChapterView;
  readonly erasedBefore: number | null;
  /** The text says that there is no connection. */
  readonly isOffline: boolean;
}

export function DeskNews({ chapter, view, erasedBefore, isOffline }: DeskNewsProps) {
  const erased = useErased(chapter, erasedBefore);
  const { restores, dismiss } = useRestores(chapter, view);
  const { taken, putAway } = useTakenWords(chapter.mayReadHistory ? [chapter.id] : []);
  // What happens while one has the chapter open is told as that.
  const away = (taken.get(chapter.id) ?? []).filter((each) => !restores.some(({ position }) => isOf(each, position)));
  const unread = useReunionsOf(chapter);
  // "U bent weer verbonden" waits for when that is so.
  const reunions = isOffline ? [] : unread;
  const isPhone = useSyncExternalStore(onPhone, () => PHONE.matches);
  const all = useHeadlines({ reunions, restores, taken: away, erased: erased.entry });
  const [first, ...more] = all;
  const seen = () => {
    // Who read it now is not told of it as something that happened while they were away; what did is put away by itself.
    if (away.length === 0) putAway(chapter.id, Math.max(...restores.map(({ position }) => position)));
    dismiss();
  };
  if (first === undefined) return null;
  const news = (
    <>
      <ReunionHere chapter={chapter} view={view} reunions={reunions} />
      <RestoredHere chapter={chapter} restores={restores} dismiss={seen} />
      <TakenHere chapter={chapter} taken={away} dismiss={() => putAway(chapter.id)} />
      {erased.entry !== null && <ErasedHere chapter={chapter} entry={erased.entry} dismiss={erased.dismiss} />}
    </>
  );
  if (more.length === 0 && !isPhone) return news;
  return (
    <DeskStrip first={first.text} more={more.length}>
      {news}
    </DeskStrip>
  );
}

interface News {
  readonly reunions: readonly Reunion[];
  readonly restores: readonly PlanEvent[];
  readonly taken: readonly TakenByRestore[];
  readonly erased: HistoryEntry | null;
}

/** What each says. */
function useHeadlines({ reunions, restores, taken, erased }: News): readonly Headline[] {
  const say = useSay();
  const { t } = say;
  const restored = newestOf(restores);
  const all: readonly Headline[] = [
    ...reunions.map((reunion) => ({ text: reunionHeadline(reunion, say), isRestore: false, needsLook: reunion.shared.length > 0, at: reunion.at })),
    ...(restored === null ? [] : [{ text: restoreHeadline(restored.newest, restores, say), isRestore: true, needsLook: false, at: Date.parse(restored.newest.at) }]),
    ...taken.map((each) => ({ text: takenLine(each, say), isRestore: true, needsLook: true, at: Date.parse(each.restore.endedAt) })),
    ...(erased === null ? [] : [{ text: t("erasedText.erased", { when: say.onDay(erased.endedAt) }), isRestore: false, needsLook: false, at: Date.parse(erased.endedAt) }]),
  ];
  return inOrder(all);
}

/** One line, which closes again when one writes on. */
function DeskStrip({ first, more, children }: { first: string; more: number; children: ReactNode }) {
  const { t } = useSay();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const writesOn = ({ target }: Event) => {
      // Who puts one message away may want to read the next.
      if (target instanceof Element && target.closest(".desk__text") !== null && !isReturning()) setOpen(false);
    };
    for (const sign of ["focusin", "input"]) document.addEventListener(sign, writesOn);
    return () => {
      for (const sign of ["focusin", "input"]) document.removeEventListener(sign, writesOn);
    };
  }, []);
  return (
    <Strip first={first} more={more} all={t("write.news", { count: more + 1 })} open={open} onOpen={setOpen}>
      {children}
    </Strip>
  );
}

function onPhone(listener: () => void): () => void {
  PHONE.addEventListener("change", listener);
  return () => PHONE.removeEventListener("change", listener);
}
