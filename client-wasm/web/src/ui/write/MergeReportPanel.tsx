// After a time without connection: what was sent, and who wrote meanwhile.
import { Button } from "@utrecht/component-library-react";
import type { MergeReport } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { Notice } from "../parts/Notice.tsx";

export function MergeReportPanel({ report, onRead }: { report: MergeReport; onRead: () => void }) {
  const { t, list } = useSay();
  const names = report.people.map(({ name, party }) => t("app.personOfParty", { person: name, party }));
  return (
    <Notice kind="info" title={t("write.mergeTitle")} live>
      {report.ownCharacters > 0 && <p>{t("write.mergeOwn", { count: report.ownCharacters })}</p>}
      <p>{names.length === 0 ? t("write.mergeNobody") : t("write.mergeOthers", { who: list(names) })}</p>
      <Button appearance="secondary-action-button" onClick={onRead}>
        {t("write.understood")}
      </Button>
    </Notice>
  );
}
