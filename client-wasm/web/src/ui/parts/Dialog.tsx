// A question that needs an answer before going on. The browser's own modal dialog keeps the focus inside.
import { Heading2 } from "@utrecht/component-library-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** For what cannot be undone: the focus begins at the heading, so that Enter by habit does nothing. */
  readonly guarded?: boolean;
  readonly children: ReactNode;
}

/** Open for as long as it is rendered; Escape asks to close. */
export function Dialog({ title, onClose, guarded = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    if (guarded) document.getElementById(id)?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [guarded, id]);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <Heading2 id={id} {...(guarded ? { tabIndex: -1 } : {})}>{title}</Heading2>
      {children}
    </dialog>
  );
}
