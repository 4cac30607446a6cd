// In the place of a chapter that cannot be opened without a connection: that it is not on this device, and the ways on.
import { Paragraph } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";

export function NotHere() {
  const { t } = useSay();
  const { path } = usePlan();
  return (
    <Notice kind="info" title={t("plan.notHereTitle")} live>
      <Paragraph>{t("plan.notHereHelp")}</Paragraph>
      <TextLink to={path("plan")}>{t("plan.toPlan")}</TextLink>
    </Notice>
  );
}
