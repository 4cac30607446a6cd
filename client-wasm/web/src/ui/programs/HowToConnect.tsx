// Where a program connects, for whoever sets it up.
import { Heading2 } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";
import { CopyText } from "../parts/CopyText.tsx";

export function HowToConnect() {
  const { t } = useSay();
  const socket = `${window.location.origin.replace(/^http/, "ws")}/sync/automerge-repo`;
  return (
    <section aria-labelledby="verbinden">
      <Heading2 id="verbinden">{t("programs.howTitle")}</Heading2>
      <p>{t("programs.how")}</p>
      <CopyText text={socket} label={t("programs.copyAddress")} copied={t("programs.addressCopied")} />
      <p>{t("programs.howSeen")}</p>
    </section>
  );
}
