// Asking for the address of a link.
import { Button } from "@utrecht/component-library-react";
import { useState } from "react";
import { useSay } from "../../i18n/words.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { addressIn } from "../plan/reading.ts";

interface LinkProps {
  readonly href: string | null;
  readonly onClose: () => void;
  /** `null` takes the link away. */
  readonly onPut: (href: string | null) => void;
}

export function LinkDialog({ href, onClose, onPut }: LinkProps) {
  const { t } = useSay();
  const [typed, setTyped] = useState(href ?? "");
  const [error, setError] = useState<string>();
  const submit = () => {
    const address = addressIn(typed);
    if (address === null) setError(t("write.linkBad"));
    else onPut(address);
  };
  return (
    <Dialog title={t(href === null ? "write.linkTitle" : "write.linkTitleEdit")} onClose={onClose}>
      <Form className="form" onSubmit={submit}>
        <TextField inputMode="url" label={t("write.linkAddress")} help={t("write.linkHelp")} value={typed} onChange={setTyped} error={error} required />
        <div className="row">
          <Button type="submit" appearance="primary-action-button">
            {t(href === null ? "write.linkPut" : "write.linkPutEdit")}
          </Button>
          {href !== null && (
            <Button type="button" appearance="secondary-action-button" onClick={() => onPut(null)}>
              {t("write.linkRemove")}
            </Button>
          )}
          <Button type="button" appearance="subtle-button" onClick={onClose}>
            {t("app.cancel")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
