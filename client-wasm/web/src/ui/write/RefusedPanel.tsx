// Words the server did not take: they stay with their author until copied or let go.
import { Button, ButtonGroup } from "@utrecht/component-library-react";
import { type ReactNode, useState } from "react";
import { useSay } from "../../i18n/words.ts";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { useVoice } from "../parts/live.tsx";
import { Notice } from "../parts/Notice.tsx";
import { useBackOnceGone } from "../parts/wayBack.ts";
import { helpOf, type Refusal, type Standing, titleOf, whyOf } from "./refusedWords.ts";

interface KeepProps {
  readonly refusal: Refusal;
  readonly onDiscard: (id: string) => void;
  /** Puts words into the text, where that can be done now. */
  readonly onPutBack?: ((id: string) => void) | undefined;
}

interface RefusedProps extends KeepProps {
  readonly standing: Standing;
  /** The way to where they can go back into the text. */
  readonly children?: ReactNode;
}

export function RefusedPanel({ refusal, standing, children, ...keep }: RefusedProps) {
  const { t } = useSay();
  return (
    <Notice kind="warning" title={titleOf(refusal, t)} live>
      <p>{whyOf(refusal, standing, t)}</p>
      <p>
        {helpOf(refusal, standing, t)} {children}
      </p>
      <WordsToKeep refusal={refusal} {...keep} />
    </Notice>
  );
}

/** The words themselves, and what one can do with all of them. */
export function WordsToKeep({ refusal, onDiscard, onPutBack }: KeepProps) {
  const { t, span } = useSay();
  const say = useVoice();
  const [asking, setAsking] = useState(false);
  const goBack = useBackOnceGone();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(refusal.map(({ text }) => text).join("\n"));
      say(t("write.copied"));
    } catch {
      say(t("write.copyFailed"));
    }
  };
  const [first] = refusal;
  const last = refusal.at(-1) ?? first;
  const each = (act: (id: string) => void) => () => refusal.forEach(({ id }) => act(id));
  const discard = () => {
    goBack();
    each(onDiscard)();
  };
  return (
    <>
      {refusal.map(({ id, text }) => (
        <blockquote key={id} className="refused">
          {text}
        </blockquote>
      ))}
      <p className="meta">{t("write.refusedAt", { when: span(first.at.toISOString(), last.at.toISOString()) })}</p>
      <ButtonGroup>
        {onPutBack !== undefined && (
          <Button appearance="primary-action-button" onClick={each(onPutBack)}>
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
        <ConfirmDialog title={t("write.discard")} confirm={t("write.discardYes")} onConfirm={discard} onClose={() => setAsking(false)} final>
          <p>{t("write.discardConfirm")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
