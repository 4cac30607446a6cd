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

/** Of several restores the newest, and how many came before it; the older ones are in the history. */
export function newestOf<T extends { readonly position: number }>(restores: readonly T[]): { readonly newest: T; readonly earlier: number } | null {
  const newest = restores.toSorted((one, other) => other.position - one.position).at(0);
  return newest === undefined ? null : { newest, earlier: restores.length - 1 };
}

/** A restore first, for it takes words away that one may have seen; then what needs a look, then the newest. */
export function inOrder(all: readonly Headline[]): readonly Headline[] {
  return all.toSorted((one, other) => Number(other.isRestore) - Number(one.isRestore) || Number(other.needsLook) - Number(one.needsLook) || other.at - one.at);
}
