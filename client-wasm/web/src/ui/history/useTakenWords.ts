// Which words of one's own went when others restored text, until one has put that away on this device.
//
// Why it exists: who has a chapter open reads of a restore at once; who was away finds another text, and would learn only
// in the history that words of theirs are gone. What was put away is noted on the device: the server keeps no account of
// what a person has read.
import { useCallback, useEffect, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { TakenByRestore, TakenWords } from "../../api/types.ts";
import { useOnline } from "../app/offline.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { knownAtFirst, untold } from "./takenWords.ts";

export interface TakenHere {
  /** By chapter, newest first; chapters of which there is nothing to tell are not in it. */
  readonly taken: ReadonlyMap<string, readonly TakenByRestore[]>;
  /** Puts away what is told of a chapter, and every restore of it until a position. */
  readonly putAway: (chapterId: string, until?: number) => void;
}

/** What there is to tell of these chapters; asked once, and again when the connection is back. */
export function useTakenWords(chapterIds: readonly string[]): TakenHere {
  const { plan } = usePlan();
  const { person } = useSession();
  const online = useOnline();
  const [taken, setTaken] = useState<TakenHere["taken"]>(new Map());
  const asked = chapterIds.join(",");
  const planId = plan.id;
  const notedAs = useCallback((chapterId: string) => `taken-read/${person.id}/${planId}/${chapterId}`, [person.id, planId]);
  useEffect(() => {
    if (!online || asked === "") return undefined;
    const abort = new AbortController();
    const look = async (chapterId: string) => {
      const params = { path: { planId, chapterId } };
      const answer = await valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/taken-words", { params, signal: abort.signal }));
      const told = untold(answer.items, noted(notedAs(chapterId), answer));
      if (!abort.signal.aborted) setTaken((before) => withChapter(before, chapterId, told));
    };
    // Not to know of it is no trouble of the reader's.
    for (const chapterId of asked.split(",")) look(chapterId).catch(() => undefined);
    return () => abort.abort();
  }, [online, asked, planId, notedAs]);
  const putAway = useCallback(
    (chapterId: string, until = -1) => {
      setTaken((before) => {
        const told = before.get(chapterId) ?? [];
        const known = Math.max(until, ...told.map(({ restore }) => restore.toPosition), Number(localStorage.getItem(notedAs(chapterId)) ?? "-1"));
        localStorage.setItem(notedAs(chapterId), String(known));
        return withChapter(before, chapterId, []);
      });
    },
    [notedAs],
  );
  return { taken, putAway };
}

/** Up to where this device has told it; noted at the first look, so that who then writes on is still told until they put it away. */
function noted(as: string, answer: TakenWords): number {
  const known = localStorage.getItem(as);
  if (known !== null) return Number(known);
  const first = knownAtFirst(answer);
  localStorage.setItem(as, String(first));
  return first;
}

function withChapter(before: TakenHere["taken"], chapterId: string, told: readonly TakenByRestore[]): TakenHere["taken"] {
  const after = new Map(before);
  if (told.length === 0) after.delete(chapterId);
  else after.set(chapterId, told);
  return after;
}
