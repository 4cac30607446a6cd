// "Begrepen": the button that puts a message away.
import { Button } from "@utrecht/component-library-react";
import { useSay } from "../../i18n/words.ts";
import { backToText } from "./wayBack.ts";

export function PutAway({ onPutAway }: { onPutAway: () => void }) {
  const { t } = useSay();
  const putAway = () => {
    onPutAway();
    backToText();
  };
  return (
    // Pressed by mouse it leaves the caret where it is.
    <Button appearance="secondary-action-button" onMouseDown={(event) => event.preventDefault()} onClick={putAway}>
      {t("reunion.understood")}
    </Button>
  );
}
