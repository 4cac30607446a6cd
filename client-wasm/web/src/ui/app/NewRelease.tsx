// That there is a newer release: said quietly above the page, with the way to it. Nobody is interrupted while writing.
import { Button } from "@utrecht/component-library-react";
import { useState } from "react";
import { useSay } from "../../i18n/words.ts";
import { goOver, useRelease } from "./release.ts";

export function NewRelease() {
  const { t } = useSay();
  const release = useRelease();
  const [unkept, setUnkept] = useState(false);
  if (release === "newest") return null;
  const go = async () => {
    setUnkept(!(await goOver()));
  };
  return (
    <div className="new-release" role="status">
      <span>{t(unkept ? "release.unkept" : `release.${release}`)}</span>
      <Button appearance="secondary-action-button" onClick={() => void go()}>
        {t("app.reload")}
      </Button>
    </div>
  );
}
