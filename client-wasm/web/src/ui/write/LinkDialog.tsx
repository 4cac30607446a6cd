// Asking for the address of a link.
import { Button } from "@utrecht/component-library-react";
import { type FormEvent, useState } from "react";
import { useSay } from "../../i18n/words.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { safeHref } from "../plan/reading.ts";

interface LinkProps {
  readonly href: string | null;
  readonly onClose: () => void;
  /** `null` takes the link away. */
  readonly onPut: (href: string | null) => void;
}

export function LinkDialog({ href, onClose, onPut }: LinkProps) {
  const { t } = useSay();
  const [typed, setTyped] = useState(href ?? "https://");
  const [error, setError] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The dialog stands inside the page of the editor; its form is not the page's.
    event.stopPropagation();
    const address = safeHref(typed);
    if (address === null || /^https?:\/\/$/.test(address)) setError(t("write.linkBad"));
    else onPut(address);
  };
  return (
    <Dialog title={t("write.linkTitle")} onClose={onClose}>
      <form className="form" onSubmit={submit} noValidate>
        <TextField type="url" label={t("write.linkAddress")} help={t("write.linkHelp")} value={typed} onChange={setTyped} error={error} required />
        <div className="row">
          <Button type="submit" appearance="primary-action-button">
            {t("write.linkPut")}
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
      </form>
    </Dialog>
  );
}
