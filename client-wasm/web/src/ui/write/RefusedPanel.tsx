// Words the server did not take: they stay with their author until copied or let go.
import { Button, ButtonGroup } from "@utrecht/component-library-react";
import { useState } from "react";
import type { RefusedWords } from "../../editor/chapterView.ts";
import { problemOf, useSay } from "../../i18n/words.ts";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { useVoice } from "../parts/live.tsx";
import { Notice } from "../parts/Notice.tsx";

interface RefusedProps {
  readonly words: RefusedWords;
  readonly onDiscard: () => void;
  /** Puts them into the text, where that can be done now. */
  readonly onPutBack?: (() => void) | undefined;
}

export function RefusedPanel({ words, onDiscard, onPutBack }: RefusedProps) {
  const { t, moment } = useSay();
  const say = useVoice();
  const [asking, setAsking] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(words.text);
      say(t("write.copied"));
    } catch {
      say(t("write.copyFailed"));
    }
  };
  return (
    <Notice kind="warning" title={t("write.refusedTitle")} live>
      <p>{onPutBack !== undefined && isOver(words.reason) ? t(`write.refusedThen.${words.reason}`) : t("write.refusedWhy", { reason: problemOf(words.reason, t) })}</p>
      <p>{t(onPutBack === undefined ? "write.refusedHelp" : "write.refusedHelpPutBack")}</p>
      <blockquote className="refused">{words.text}</blockquote>
      <p className="meta">{t("write.refusedAt", { when: moment(words.at.toISOString()) })}</p>
      <ButtonGroup>
        {onPutBack !== undefined && (
          <Button appearance="primary-action-button" onClick={onPutBack}>
            {t("write.putBack")}
          </Button>
        )}
        <Button appearance="secondary-action-button" onClick={() => void copy()}>
          {t("write.copy")}
        </Button>
        <Button appearance="subtle-button" onClick={() => setAsking(true)}>
          {t("write.discard")}
        </Button>
      </ButtonGroup>
      {asking && (
        <ConfirmDialog title={t("write.discard")} confirm={t("write.discardYes")} onConfirm={onDiscard} onClose={() => setAsking(false)} final>
          <p>{t("write.discardConfirm")}</p>
        </ConfirmDialog>
      )}
    </Notice>
  );
}

/** Reasons that held when the words came, and do no more for whoever may write here now. */
const OVER = ["chapter-frozen", "not-allowed"] as const;

function isOver(reason: string): reason is (typeof OVER)[number] {
  return OVER.some((each) => each === reason);
}
