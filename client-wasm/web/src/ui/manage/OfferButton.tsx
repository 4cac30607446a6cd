// "Klaar voor meelezen" where one writes and reads: the trekker's next step with a chapter.
import { Button } from "@utrecht/component-library-react";
import { useState } from "react";
import type { Chapter } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSuccess } from "../parts/Notice.tsx";
import { StateDialog } from "./dialogs.tsx";

/** The button, for those who may; for others nothing, or that it has just been done. */
export function OfferButton({ chapter }: { chapter: Chapter }) {
  const { t } = useSay();
  const { reload } = usePlan();
  const { success, tell } = useSuccess();
  const [asking, setAsking] = useState(false);
  if (!chapter.mayChangeStateTo.includes("reading")) return success;
  return (
    <>
      <Button appearance="primary-action-button" onClick={() => setAsking(true)}>
        {t("manage.to.reading")}
      </Button>
      {asking && (
        <StateDialog
          chapter={chapter}
          to="reading"
          onClose={() => setAsking(false)}
          onChanged={(sentence) => {
            setAsking(false);
            tell(sentence);
            reload();
          }}
        />
      )}
    </>
  );
}
