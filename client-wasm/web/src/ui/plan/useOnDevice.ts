// Without a connection: of which chapters this device has a text, read here or written in.
import { useEffect, useState } from "react";
import { textsStoredHere } from "../../core/client.ts";
import { textsKeptHere, useOnline } from "../app/offline.ts";
import { useSession } from "../app/session.tsx";

/** Ids of chapters of a plan; null while there is a connection, or as long as it is not known. */
export function useOnDevice(planId: string): ReadonlySet<string> | null {
  const owner = useSession();
  const online = useOnline();
  const [held, setHeld] = useState<{ readonly of: string; readonly chapters: ReadonlySet<string> } | null>(null);
  useEffect(() => {
    if (online) return undefined;
    let isAsked = true;
    const look = async () => {
      // A browser that keeps nothing has nothing.
      const found = await Promise.all([textsKeptHere(planId), textsStoredHere(owner, planId).catch(() => [])]);
      if (isAsked) setHeld({ of: planId, chapters: new Set(found.flat()) });
    };
    void look();
    return () => {
      isAsked = false;
    };
  }, [planId, owner, online]);
  return online || held?.of !== planId ? null : held.chapters;
}
