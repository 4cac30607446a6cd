// Whether everything one typed is kept. Seen always; heard only when it stops or starts again.
import { useEffect, useRef } from "react";
import type { SaveStatus } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { Icon } from "../parts/Icon.tsx";
import { useVoice } from "../parts/live.tsx";
import { SignInAgain } from "./SignInAgain.tsx";

export function SaveState({ status, signedOut }: { status: SaveStatus; signedOut: boolean }) {
  const { t } = useSay();
  const say = useVoice();
  const words = t(signedOut ? "write.signedOut.status" : `write.status.${status}`);
  const troubled = useRef(false);
  useEffect(() => {
    const trouble = status === "offline" || status === "stopped" || status === "failed";
    if (trouble || (troubled.current && status === "saved")) say(words);
    if (trouble || status === "saved") troubled.current = trouble;
  }, [status, words, say]);
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
