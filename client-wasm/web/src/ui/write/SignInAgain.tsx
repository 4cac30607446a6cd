// The way on for who was signed out while writing, in another window for instance.
//
// Why it loads the page anew: then one signs in right here, and the chapter opens with what was still to be sent.
import type { ChapterState } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";

/** Whether the chapter closed only because nobody is signed in any more. */
export function isSignedOut({ status, readOnlyReason }: ChapterState): boolean {
  return status === "closed" && readOnlyReason === "not-signed-in";
}

export function SignInAgain() {
  const { t } = useSay();
  return (
    <a className="utrecht-link utrecht-link--html-a" href={window.location.pathname}>
      {t("write.signedOut.signIn")}
    </a>
  );
}
