// What the browser says of its storage: whether it may throw it away, and how much room is left.
import { useEffect, useState } from "react";

/** Below this much room a chapter with its unsent words may not fit any more. */
const ROOM_BYTES_MIN = 20_000_000;
/** How often it is looked at while one writes. */
const LOOK_EVERY_MS = 30_000;

export interface Storage {
  /** The browser promises not to throw it away; `null`: it does not say. */
  readonly isLasting: boolean | null;
  readonly isNearlyFull: boolean;
}

/**
 * Looks at the storage while a page writes. Once there are words that wait, the browser is asked to keep them: not
 * before, because some browsers ask the person, who should know what for.
 */
export function useStorage(hasWords: boolean): Storage {
  const [known, setKnown] = useState<Storage>({ isLasting: null, isNearlyFull: false });
  useEffect(() => {
    if (!("storage" in navigator)) return;
    let gone = false;
    const look = async () => {
      const [isLasting, { usage = 0, quota }] = await Promise.all([navigator.storage.persisted(), navigator.storage.estimate()]);
      const next = { isLasting, isNearlyFull: quota !== undefined && quota - usage < ROOM_BYTES_MIN };
      if (!gone) setKnown((before) => (before.isLasting === next.isLasting && before.isNearlyFull === next.isNearlyFull ? before : next));
    };
    const askAndLook = async () => {
      if (hasWords) await lastingOnce();
      await look();
    };
    const now = () => void askAndLook().catch(() => undefined);
    now();
    const timer = setInterval(now, LOOK_EVERY_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [hasWords]);
  return known;
}

let asked: Promise<boolean> | null = null;

/** Asks once per window. */
function lastingOnce(): Promise<boolean> {
  return (asked ??= navigator.storage.persist());
}
