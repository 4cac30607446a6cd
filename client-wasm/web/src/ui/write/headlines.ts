// In which order news about a text stands, where only the first of it is seen. Pure.

/** One line of news. */
export interface Headline {
  readonly text: string;
  /** Somebody put earlier text in the place of what stood there. */
  readonly isRestore: boolean;
  /** There are places to look at. */
  readonly needsLook: boolean;
  /** UTC ms. */
  readonly at: number;
}

/** A restore first, for it takes words away that one may have seen; then what needs a look, then the newest. */
export function inOrder(all: readonly Headline[]): readonly Headline[] {
  return all.toSorted((one, other) => Number(other.isRestore) - Number(one.isRestore) || Number(other.needsLook) - Number(one.needsLook) || other.at - one.at);
}
