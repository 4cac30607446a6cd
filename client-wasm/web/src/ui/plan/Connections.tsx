// Under which address programs open a chapter's live text, for those who may open it: what that is, how to sign in, and
// what others will see of it.
import type { Chapter } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { CopyText } from "../parts/CopyText.tsx";
import { TextLink } from "../parts/links.tsx";

export function Connections({ chapter }: { chapter: Chapter }) {
  const { t } = useSay();
  const { path } = usePlan();
  if (chapter.automergeUrl === null) return null;
  return (
    <details className="toc">
      <summary>{t("programs.title")}</summary>
      <p>{t("programs.chapterIntro")}</p>
      <CopyText text={chapter.automergeUrl} label={t("programs.copyAddress")} copied={t("programs.addressCopied")} />
      <p>
        <TextLink to={path("koppelingen")}>{t("programs.signInWith")}</TextLink>
      </p>
    </details>
  );
}
