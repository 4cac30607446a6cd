// Whether everything one typed is kept. Seen always; heard only when it stops or starts again.
import { useEffect, useRef } from "react";
import { useSay } from "../../i18n/words.ts";
import { Icon } from "../parts/Icon.tsx";
import { useVoice } from "../parts/live.tsx";
import { type Kept, savedKey, savedLook } from "./savedWords.ts";
import { SignInAgain } from "./SignInAgain.tsx";

export function SaveState(kept: Kept) {
  const { status, signedOut, unkept } = kept;
  const { t } = useSay();
  const say = useVoice();
  const look = savedLook(kept);
  const words = t(savedKey(kept));
  const troubled = useRef(false);
  useEffect(() => {
    const trouble = unkept || status === "offline" || status === "stopped" || status === "failed";
    if (trouble || (troubled.current && status === "saved")) say(words);
    if (trouble || status === "saved") troubled.current = trouble;
  }, [status, unkept, words, say]);
  return (
    <p className={`saved saved--${look}`} data-status={status}>
      {look === "saved" && <Icon name="check" />}
      {status === "saving" && <Icon name="clock" />}
      <span className="saved__words">
        {words} {signedOut && <SignInAgain />}
      </span>
    </p>
  );
}
