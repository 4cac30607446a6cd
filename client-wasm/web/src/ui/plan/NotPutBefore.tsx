// In the place of a text or of agreements that one may not read yet: why not, and from when on.
//
// Why it exists: who makes the plan reads it while it is written; others read what is put before them. A page that only
// says that a role does not allow something leaves them with the question when it will.
import type { Chapter } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";

/** Why one does not read a chapter yet, and from when on: one sentence for a list. */
export function useWhyNotYet(): (chapter: Chapter) => string {
  const { t } = useSay();
  return ({ state }) => t(`plan.notYet.${state}`);
}

/** In the place of a chapter's text. */
export function TextNotPutBefore({ chapter }: { chapter: Chapter }) {
  const { t } = useSay();
  const { path } = usePlan();
  const whyNotYet = useWhyNotYet();
  return (
    <Notice kind="info">
      <p>{whyNotYet(chapter)}</p>
      <TextLink to={path("plan")}>{t("plan.toPlan")}</TextLink>
    </Notice>
  );
}

/** In the place of agreements. */
export function CommitmentsNotPutBefore() {
  const { t } = useSay();
  return <Notice kind="info">{t("commitments.notYet")}</Notice>;
}
