// Keeps what stands above the text off the line one is in, however tall it is now.
//
// Why it exists: it stays in sight while the text scrolls under it, and grows when there is news. The browser and the
// editor scroll to the line one goes to; they have to know how much of the window is taken.
import { type RefObject, useEffect } from "react";

/** Room between what stands above and the line one is in, px. */
const MARGIN = 8;

/** `top` is what stays in sight above `text`. */
export function useRoomForText(top: RefObject<HTMLElement | null>, text: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const above = top.current;
    if (above === null) return undefined;
    const root = document.documentElement;
    const observer = new ResizeObserver(() => {
      root.style.scrollPaddingBlockStart = `${above.offsetHeight + MARGIN}px`;
      const { top: from, bottom } = above.getBoundingClientRect();
      const line = lineTop(text.current);
      // A line that one has scrolled away from is left alone.
      if (line >= from && line < bottom + MARGIN) window.scrollBy(0, line - bottom - MARGIN);
    });
    observer.observe(above);
    return () => {
      observer.disconnect();
      root.style.scrollPaddingBlockStart = "";
    };
  }, [top, text]);
}

/**
 * Keeps the line one is in where one sees it when `notices`, which stands above it on the page, grows. The browser does so
 * by itself, but not at the top of a page.
 */
export function useKeptInSight(notices: RefObject<HTMLElement | null>, text: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const { current } = notices;
    if (current === null) return undefined;
    let before = current.offsetHeight;
    const observer = new ResizeObserver(() => {
      const grown = current.offsetHeight - before;
      before = current.offsetHeight;
      const line = lineTop(text.current);
      const bottom = window.innerHeight - Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockEnd);
      if (line > bottom && line - grown <= bottom) window.scrollBy(0, grown);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [notices, text]);
}

/** Where the line begins in which one writes; infinitely far down when one does not. */
function lineTop(text: HTMLElement | null): number {
  const selection = document.getSelection();
  if (text === null || selection?.focusNode == null || !text.contains(document.activeElement) || !text.contains(selection.focusNode)) return Infinity;
  const at = document.createRange();
  at.setStart(selection.focusNode, selection.focusOffset);
  const [line] = at.getClientRects();
  // A line without letters has no rectangle of its own.
  const { focusNode } = selection;
  const block = focusNode instanceof Element ? focusNode : focusNode.parentElement;
  return (line ?? block?.getBoundingClientRect())?.top ?? Infinity;
}
