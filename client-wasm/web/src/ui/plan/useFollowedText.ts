// A chapter's text as it stands now, also while others write: asked again every few seconds for as long as it is seen.
import { useCallback, useEffect, useState } from "react";
import { api, changedValueOf, type Tagged, taggedValueOf } from "../../api/client.ts";
import type { ChapterText } from "../../api/types.ts";
import { type Loaded, useLoaded } from "../parts/hooks.ts";

/** Between an answer and the next question. The server says in a few bytes that nothing changed. */
const PAUSE_MS = 3_000;

type Asked = (signal: AbortSignal) => Promise<Tagged<ChapterText>>;

/** A text, and when it was fetched, if it is one that this device kept. */
export interface ReadText {
  readonly text: ChapterText;
  readonly keptAt: Date | null;
}

/** The text now, kept fresh; with a position the text of then, which does not change. */
export function useFollowedText(planId: string, chapterId: string, at: number | undefined): Loaded<ReadText> {
  const ask: Asked = useCallback((signal) => taggedValueOf(get({ planId, chapterId, at, signal })), [planId, chapterId, at]);
  const first = useLoaded(ask);
  const [newer, setNewer] = useState<{ of: Asked; tagged: Tagged<ChapterText> } | null>(null);
  const tagged = first.state !== "ready" ? null : newer?.of === ask ? newer.tagged : first.value;
  const etag = tagged?.etag;
  useEffect(() => {
    if (at !== undefined || etag === undefined) return undefined;
    const abort = new AbortController();
    const look = async () => {
      while (!abort.signal.aborted) {
        await seenAfter(PAUSE_MS, abort.signal);
        try {
          const changed = await changedValueOf(get({ planId, chapterId, at, known: etag, signal: abort.signal }));
          if (changed === null || abort.signal.aborted) continue;
          setNewer({ of: ask, tagged: changed });
          return;
        } catch {
          // Reading goes on with what is there; the next look may succeed.
        }
      }
    };
    void look();
    return () => abort.abort();
  }, [ask, planId, chapterId, at, etag]);
  if (first.state !== "ready") return first;
  const { value, keptAt } = tagged ?? first.value;
  return { state: "ready", value: { text: value, keptAt }, reload: first.reload };
}

interface Question {
  readonly planId: string;
  readonly chapterId: string;
  readonly at: number | undefined;
  readonly known?: string;
  readonly signal: AbortSignal;
}

function get({ planId, chapterId, at, known, signal }: Question) {
  return api.GET("/plans/{planId}/chapters/{chapterId}/text", {
    params: {
      path: { planId, chapterId },
      query: at === undefined ? {} : { at },
      ...(known === undefined ? {} : { header: { "If-None-Match": known } }),
    },
    signal,
  });
}

/** Waits that long, and then until the page is in sight. */
async function seenAfter(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((go) => {
    const timer = setTimeout(go, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), go()), { once: true });
  });
  if (signal.aborted || document.visibilityState === "visible") return;
  await new Promise<void>((go) => {
    const shown = () => document.visibilityState === "visible" && go();
    document.addEventListener("visibilitychange", shown, { signal });
    signal.addEventListener("abort", () => go(), { once: true });
  });
}
