// Who has which chapter of the plan open now: for whoever looks at the outline, and before one is frozen under their hands.
import { useEffect, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { PresentPerson } from "../../api/types.ts";
import { useOnline } from "../app/offline.ts";
import { useSession } from "../app/session.tsx";

/** How often it is asked while somebody looks. */
const ASK_AGAIN_MS = 5_000;

/** People by the id of the chapter. */
export type Presences = ReadonlyMap<string, readonly PresentPerson[]>;

const NOBODY: Presences = new Map();

/** Others, and programs of one's own; nobody while that is not known. */
export function usePresence(planId: string): Presences {
  const { person } = useSession();
  const online = useOnline();
  const [presences, setPresences] = useState(NOBODY);
  useEffect(() => {
    if (!online) return undefined;
    const abort = new AbortController();
    const look = async () => {
      if (document.visibilityState === "hidden") return;
      const { items } = await valueOf(api.GET("/plans/{planId}/presence", { params: { path: { planId } }, signal: abort.signal }));
      const others = items.map(({ chapterId, people }) => [chapterId, people.filter((each) => each.person.id !== person.id || each.program !== null)] as const);
      setPresences(new Map(others));
    };
    // Whom one cannot be told of now is asked for again.
    const ask = () => void look().catch(() => setPresences(NOBODY));
    ask();
    const timer = setInterval(ask, ASK_AGAIN_MS);
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
      abort.abort();
    };
  }, [planId, person.id, online]);
  return online ? presences : NOBODY;
}
