// The open chapter as React sees it: opened when its element is there, closed with the page.
import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { lookAgain } from "../../core/client.ts";
import type { ChapterOptions, ChapterState, ChapterView } from "../../editor/chapterView.ts";

interface Opened {
  /** Put it on the element that holds the text. */
  readonly element: RefObject<HTMLDivElement | null>;
  readonly view: ChapterView | null;
  readonly state: ChapterState | null;
  /** The editor itself could not be loaded. */
  readonly failed: boolean;
}

/** Opens a chapter for as long as the page shows it. The options may not change without a new `key`. */
export function useChapterView(options: ChapterOptions): Opened {
  const element = useRef<HTMLDivElement>(null);
  const first = useRef(options);
  const [view, setView] = useState<ChapterView | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let opened: ChapterView | null = null;
    let gone = false;
    const open = async () => {
      // Loaded when someone begins to write: readers do not wait for the editor.
      const { openChapter } = await import("../../editor/index.ts");
      if (gone || element.current === null) return;
      opened = openChapter(element.current, first.current);
      setView(opened);
    };
    open().catch(() => setFailed(true));
    return () => {
      gone = true;
      setView(null);
      opened?.destroy();
    };
  }, []);
  const state = useSyncExternalStore(
    (listener) => view?.subscribe(listener) ?? (() => undefined),
    () => view?.getState() ?? null,
  );
  useAskAgain(state?.status === "closed");
  return { element, view, state, failed };
}

/** How often a closed chapter that somebody looks at is asked for: nobody tells a device whose right came back. */
const ASK_AGAIN_MS = 5_000;

function useAskAgain(isClosed: boolean): void {
  useEffect(() => {
    if (!isClosed) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && lookAgain(), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isClosed]);
}
