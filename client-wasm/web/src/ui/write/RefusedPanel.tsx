// Words the server did not take: they stay with their author until copied or let go.
import { Button, ButtonGroup } from "@utrecht/component-library-react";
import { useState } from "react";
import type { RefusedWords } from "../../editor/chapterView.ts";
import { problemOf, useSay } from "../../i18n/words.ts";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { useVoice } from "../parts/live.tsx";
import { Notice } from "../parts/Notice.tsx";

export function RefusedPanel({ words, onDiscard }: { words: RefusedWords; onDiscard: () => void }) {
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
      <p>{t("write.refusedWhy", { reason: problemOf(words.reason, t) })}</p>
      <p>{t("write.refusedHelp")}</p>
      <blockquote className="refused">{words.text}</blockquote>
      <p className="meta">{t("write.refusedAt", { when: moment(words.at.toISOString()) })}</p>
      <ButtonGroup>
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
