// Where the focus goes when a part of a list comes or goes.
//
// Why it exists: a button that goes with its part takes the focus along, and a part comes above the button that adds it:
// who works by keyboard or hears the page would have to look for where they are.
import { type RefObject, useEffect, useRef } from "react";

/** The part whose button to remove it is next, or the button of the list that adds one. */
export type Landing = number | "add";

/** Where one goes on after the part at an index was removed and so many are left: at the next, else at the one before. */
export function landingAfterRemoval(at: number, left: number): Landing {
  return left === 0 ? "add" : Math.min(at, left - 1);
}

/** What one fills in first; of a few choices the one that is chosen, as with the tab key. */
const FIRST_FIELD = "input:checked, input:not([type=radio]), select, textarea";

export interface ItemFocus {
  /** The element that holds the parts, each of class `item`, and behind them the button that adds one. */
  readonly list: RefObject<HTMLDivElement | null>;
  /** To be called with the asking: the part at the index goes, and so many are left. */
  readonly onRemove: (at: number, left: number) => void;
  /** To be called with the asking: a part comes at the end. */
  readonly onAdd: () => void;
}

/** Takes the focus along once the list shows what was asked. */
export function useItemFocus(): ItemFocus {
  const list = useRef<HTMLDivElement>(null);
  const asked = useRef<Landing | "new" | null>(null);
  useEffect(() => {
    const { current } = list;
    const to = asked.current;
    asked.current = null;
    if (current === null || to === null) return;
    const items = current.querySelectorAll<HTMLElement>(":scope > .item");
    const target =
      to === "new" ? items.item(items.length - 1)?.querySelector<HTMLElement>(FIRST_FIELD) : (to === "add" ? current : items.item(to))?.querySelector<HTMLElement>(":scope > button");
    target?.focus();
  });
  return {
    list,
    onRemove: (at, left) => {
      asked.current = landingAfterRemoval(at, left);
    },
    onAdd: () => {
      asked.current = "new";
    },
  };
}
