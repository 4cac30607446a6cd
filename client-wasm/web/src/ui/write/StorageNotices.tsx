// Whether this device can be relied on to keep what is typed: said where one writes, and only when it matters.
import { Button } from "@utrecht/component-library-react";
import { useSyncExternalStore } from "react";
import { deskState, onDeskState } from "../../core/client.ts";
import type { ChapterState } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { useVoice } from "../parts/live.tsx";
import { Notice } from "../parts/Notice.tsx";
import { type Storage, useStorage } from "./storage.ts";

interface StorageProps {
  readonly state: ChapterState;
  readonly storage: Storage;
  /** Words wait on a device that does not promise to keep them. */
  readonly isPassing: boolean;
}

/** How the device keeps what is typed, and whether words wait on one that does not promise to keep them. */
export function useKeeping(state: ChapterState | null): { readonly storage: Storage; readonly isPassing: boolean } {
  const waits = state !== null && state.isWaiting && (state.status === "offline" || state.status === "stopped");
  const storage = useStorage(waits || state?.status === "saving");
  return { storage, isPassing: waits && storage.isLasting === false };
}

export function StorageNotices({ state, storage, isPassing }: StorageProps) {
  const { t } = useSay();
  const { isFull } = useSyncExternalStore(onDeskState, deskState);
  if (state.unkept !== null) return <Unkept words={state.unkept} />;
  if (isFull) {
    return (
      <Notice kind="warning" title={t("storage.fullTitle")} live>
        {t("storage.full")}
      </Notice>
    );
  }
  if (storage.isNearlyFull) {
    return (
      <Notice kind="warning" title={t("storage.nearlyFullTitle")} live>
        {t("storage.nearlyFull")}
      </Notice>
    );
  }
  // Without a connection the line above the text says it.
  if (!isPassing || state.status !== "stopped") return null;
  return (
    <Notice kind="info" title={t("storage.passingTitle")} live>
      {t("storage.passing")}
    </Notice>
  );
}

/** Words that are nowhere but in this window. */
function Unkept({ words }: { words: string }) {
  const { t } = useSay();
  const say = useVoice();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(words);
      say(t("write.copied"));
    } catch {
      say(t("write.copyFailed"));
    }
  };
  return (
    <Notice kind="error" title={t("storage.unkeptTitle")} live>
      <p>{t("storage.unkept")}</p>
      <blockquote className="refused">{words}</blockquote>
      <Button appearance="secondary-action-button" onClick={() => void copy()}>
        {t("write.copy")}
      </Button>
    </Notice>
  );
}
