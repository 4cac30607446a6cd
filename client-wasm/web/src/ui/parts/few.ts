// How much of a list stands there before one asks for all of it. Pure.

/** So many are told at once. */
const FEW = 3;

/** The first few, and how many are left; a single one that would be left stands there too, for the button takes its room. */
export function fewOf<T>(all: readonly T[]): { readonly shown: readonly T[]; readonly hidden: number } {
  const shown = all.length <= FEW + 1 ? all : all.slice(0, FEW);
  return { shown, hidden: all.length - shown.length };
}
