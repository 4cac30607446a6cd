// Whether everything one typed is kept. Seen always; heard only when it stops or starts again.
import { useEffect, useRef } from "react";
import { useSay } from "../../i18n/words.ts";
import { useSaysOffline } from "../app/offline.ts";
import { Icon } from "../parts/Icon.tsx";
import { useVoice } from "../parts/live.tsx";
import { type Kept, savedKey, savedLook, saysOffline, troubleOf } from "./savedWords.ts";
import { SignInAgain } from "./SignInAgain.tsx";

export function SaveState(kept: Kept) {
  const { status, signedOut } = kept;
  const { t } = useSay();
  const say = useVoice();
  const look = savedLook(kept);
  const words = t(savedKey(kept));
  const trouble = troubleOf(kept);
  useSaysOffline(saysOffline(kept));
  const before = useRef(false);
  useEffect(() => {
    if (trouble === true || (before.current && trouble === false)) say(words);
    if (trouble !== null) before.current = trouble;
  }, [trouble, words, say]);
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
