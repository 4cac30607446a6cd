// Above every page of a plan: what one has to know wherever one is, one bar at most; of several the first, which opens.
//
// Why it exists: whoever comes back after an absence may have words kept at several chapters, a report and an alarm, and
// came for the page below them.
import { type ReactNode, useState } from "react";
import { useLocation } from "react-router";
import type { Plan } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { Strip } from "../parts/Strip.tsx";
import { useAlarm } from "../proof/alarm.tsx";
import { useAfterAbsence } from "../write/afterAbsence.tsx";

interface BarsProps {
  readonly plan: Plan;
  /** Asks for the plan anew. */
  readonly reload: () => void;
}

export function Bars({ plan, reload }: BarsProps) {
  const { pathname } = useLocation();
  const bars = [...useAlarm(plan), ...useAfterAbsence(plan, reload)];
  const [first] = bars;
  if (first === undefined) return null;
  const all = bars.map(({ key, notice }) => (
    <div key={key} className="bar">
      {notice}
    </div>
  ));
  if (bars.length === 1) return all;
  return (
    <Several key={pathname} first={first.line} kind={first.kind} count={bars.length}>
      {all}
    </Several>
  );
}

interface SeveralProps {
  readonly first: string;
  readonly kind: "error" | "warning" | "info";
  readonly count: number;
  readonly children: ReactNode;
}

/** One line on every page that one goes to. */
function Several({ first, kind, count, children }: SeveralProps) {
  const { t } = useSay();
  const [open, setOpen] = useState(false);
  return (
    <div className="bar">
      <Strip first={first} more={count - 1} all={t("app.messages", { count })} kind={kind} open={open} onOpen={setOpen}>
        {children}
      </Strip>
    </div>
  );
}
