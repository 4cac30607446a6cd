// Whether everything one typed is kept. Seen always; heard only when it stops or starts again.
import { useEffect, useRef } from "react";
import type { SaveStatus } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { Icon } from "../parts/Icon.tsx";
import { useVoice } from "../parts/live.tsx";
import { SignInAgain } from "./SignInAgain.tsx";

interface SaveStateProps {
  readonly status: SaveStatus;
  readonly signedOut: boolean;
  /** Words are nowhere but in this window: neither the server has them, nor does this device keep them. */
  readonly unkept: boolean;
}

export function SaveState({ status, signedOut, unkept }: SaveStateProps) {
  const { t } = useSay();
  const say = useVoice();
  const words = unkept ? t("storage.status") : t(signedOut ? "write.signedOut.status" : `write.status.${status}`);
  const troubled = useRef(false);
  useEffect(() => {
    const trouble = unkept || status === "offline" || status === "stopped" || status === "failed";
    if (trouble || (troubled.current && status === "saved")) say(words);
    if (trouble || status === "saved") troubled.current = trouble;
  }, [status, unkept, words, say]);
  return (
    <p className={`saved saved--${status}`} data-status={status}>
      {status === "saved" && <Icon name="check" />}
      {status === "saving" && <Icon name="clock" />}
      <span className="saved__words">
        {words} {signedOut && <SignInAgain />}
      </span>
    </p>
  );
}
