// After a time without connection: what was sent, and what came of others.
import { Button } from "@utrecht/component-library-react";
import type { MergeReport } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { Notice } from "../parts/Notice.tsx";

export function MergeReportPanel({ report, onRead }: { report: MergeReport; onRead: () => void }) {
  const { t } = useSay();
  return (
    <Notice kind="info" title={t("write.mergeTitle")} live>
      {report.ownChanges > 0 && <p>{t("write.mergeOwn", { count: report.ownChanges })}</p>}
      <p>{report.otherChanges === 0 ? t("write.mergeNobody") : t("write.mergeOthers", { count: report.otherChanges })}</p>
      <Button appearance="secondary-action-button" onClick={onRead}>
        {t("write.understood")}
      </Button>
    </Notice>
  );
}
