// Who has a chapter open now, asked where one does not open it oneself: before it is frozen under their hands.
import { useEffect, useState } from "react";
import type { Chapter } from "../../api/types.ts";
import { openCore, type Peer } from "../../core/client.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";

const NOBODY: readonly Peer[] = [];

/** Others who are there, for as long as this is on the page; nobody where that is not known. */
export function useThere({ id: chapterId, mayOpenText }: Chapter): readonly Peer[] {
  const { plan } = usePlan();
  const { person, party } = useSession();
  const [peers, setPeers] = useState(NOBODY);
  const planId = plan.id;
  useEffect(() => {
    if (!mayOpenText) return undefined;
    const core = openCore(
      { planId, chapterId, owner: { person, party } },
      {
        onPeers: setPeers,
        onStatus: ({ status }) => {
          if (status === "offline" || status === "closed" || status === "failed") setPeers(NOBODY);
        },
        onDocument: () => undefined,
        onUpdate: () => undefined,
        onRestored: () => undefined,
      },
    );
    return () => core.close();
  }, [mayOpenText, planId, chapterId, person, party]);
  return peers.filter(({ personId }) => personId !== person.id);
}
