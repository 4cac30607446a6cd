// A message above every page of a plan, as those know it who have one: `app/Bars.tsx` shows them.
import type { ReactNode } from "react";

export interface Bar {
  readonly key: string;
  readonly kind: "error" | "warning" | "info";
  /** What it says in one line, for where there are several. */
  readonly line: string;
  readonly notice: ReactNode;
}
