// Back to the text that one writes in, after a message beside it was put away.
//
// Why it exists: a button that goes with its message takes the focus along, and what is typed next reaches nothing. Who
// came to the message from their writing goes on there, with the caret where it was; who came from elsewhere stays away.
import { type RefObject, useEffect, useRef } from "react";

/** Where the focus can be: in the text, at what belongs to it (its toolbar, messages above it), or anywhere else. */
export type Where = "text" | "beside" | "elsewhere";

/** Whether one was in the text and since then only beside it, when the focus comes from one place to another. */
export function cameFromText(before: boolean, from: Where, to: Where): boolean {
  return to === "text" || (to === "beside" && (from === "text" || (from === "beside" && before)));
}

/** The writing page, and messages above every page. */
const BESIDE = ".writing, .bar";

interface Text {
  readonly element: HTMLElement;
  readonly focus: () => void;
}

let text: Text | null = null;
let came = false;
let returning = false;

/** Notes how one comes to what stands beside this text, for as long as it is open. */
export function useWayBack(element: RefObject<HTMLElement | null>, view: { focus(): void } | null): void {
  useEffect(() => {
    const { current } = element;
    if (current === null || view === null) return undefined;
    text = { element: current, focus: () => view.focus() };
    const whereIs = (target: EventTarget | null): Where => {
      if (!(target instanceof Element)) return "elsewhere";
      return current.contains(target) ? "text" : target.closest(BESIDE) === null ? "elsewhere" : "beside";
    };
    let last: EventTarget | null = null;
    const comes = ({ target, relatedTarget }: FocusEvent) => {
      // A window that one comes back to has the focus where it was.
      if (target !== last || relatedTarget !== null) came = cameFromText(came, whereIs(relatedTarget), whereIs(target));
      last = target;
    };
    const goes = ({ relatedTarget }: FocusEvent) => {
      // A click beside everything. A window that one leaves keeps its focus.
      if (relatedTarget === null && document.hasFocus() && document.activeElement === document.body) came = false;
    };
    document.addEventListener("focusin", comes);
    document.addEventListener("focusout", goes);
    return () => {
      document.removeEventListener("focusin", comes);
      document.removeEventListener("focusout", goes);
      text = null;
      came = false;
    };
  }, [element, view]);
}

/** To the text, for who came from it. */
export function backToText(): void {
  if (text === null || !came || text.element.contains(document.activeElement)) return;
  returning = true;
  text.focus();
  returning = false;
}

/** Whether the focus comes into the text because a message was put away, not because one goes there. */
export function isReturning(): boolean {
  return returning;
}

/** For what goes a while after it was asked to: the answer is to be called with the asking, and one is back once it is gone. */
export function useBackOnceGone(): () => void {
  const asked = useRef(false);
  useEffect(
    () => () => {
      // Whoever went elsewhere meanwhile stays there.
      if (asked.current && document.activeElement === document.body) text?.focus();
    },
    [],
  );
  return () => {
    // With what goes, the focus is nowhere for a moment.
    asked.current = came;
  };
}
