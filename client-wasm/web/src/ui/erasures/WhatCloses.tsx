// What nobody can see any more once the earlier text of a chapter is erased: read by who asks for it and by who approves.
import { Heading3 } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";

export function WhatCloses() {
  const { t } = useSay();
  return (
    <section>
      <Heading3>{t("erasure.textCloses")}</Heading3>
      <ul>
        <li>{t("erasure.textClosesReading")}</li>
        <li>{t("erasure.textClosesWriters")}</li>
        <li>{t("erasure.textClosesOpen")}</li>
        <li>{t("erasure.textClosesDevices")}</li>
      </ul>
    </section>
  );
}
