// "Are you sure?": what will happen, what went wrong when it did not, and the two buttons.
import { Button } from "@utrecht/component-library-react";
import type { ReactNode } from "react";
import type { ApiError } from "../../api/problem.ts";
import { useSay } from "../../i18n/words.ts";
import { Dialog } from "./Dialog.tsx";
import { Form } from "./Form.tsx";
import { Trouble } from "./Notice.tsx";

interface ConfirmProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** It cannot be undone: the button warns, and Enter by habit does nothing. */
  readonly final?: boolean;
  readonly busy?: boolean;
  readonly error?: ApiError | null;
  /** What will happen; fields, where something has to be filled in first. */
  readonly children: ReactNode;
}

export function ConfirmDialog({ title, confirm, onConfirm, onClose, final = false, busy = false, error = null, children }: ConfirmProps) {
  const { t } = useSay();
  return (
    <Dialog title={title} onClose={onClose} guarded={final}>
      <Form className="form" onSubmit={onConfirm}>
        {children}
        <Trouble error={error} />
        <div className="row">
          <Button type="submit" appearance="primary-action-button" disabled={busy} {...(final ? { hint: "danger" as const } : {})}>
            {confirm}
          </Button>
          <Button type="button" appearance="secondary-action-button" onClick={onClose}>
            {t("app.cancel")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
