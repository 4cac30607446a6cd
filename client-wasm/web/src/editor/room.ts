// How much room the editor leaves around the line that it scrolls to: as much as the browser does by itself.
//
// Why it exists: bars stand above the text and, on a phone, below it. The browser keeps the `scroll-padding` of the page
// free of the line one goes to; ProseMirror does not know it, and would put that line under a bar.

/** px at each side, as `scrollMargin` and `scrollThreshold` of a view are asked for it. */
export interface Room {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** At the sides, where there are no bars. */
const SIDE = 5;

/** The room on a page, as it is whenever it is asked; `paddingOf` is what a style says, in px. */
export function roomOn(paddingOf: (side: "start" | "end") => string): Room {
  const room = (side: "start" | "end") => {
    const px = Number.parseFloat(paddingOf(side));
    return Number.isFinite(px) ? Math.max(px, SIDE) : SIDE;
  };
  return {
    get top() {
      return room("start");
    },
    get bottom() {
      return room("end");
    },
    left: SIDE,
    right: SIDE,
  };
}

/** The room on this page. */
export const ROOM = roomOn((side) => getComputedStyle(document.documentElement)[side === "start" ? "scrollPaddingBlockStart" : "scrollPaddingBlockEnd"]);
