// A form that leads to what is missing: after its button was pressed the focus goes to the first field that has a message,
// and where several have one it is said how many. It does not go while a day in it is half filled in.
//
// Why it exists: a message above the window, or one that a screen reader does not reach, is no message. Every form of the
// pages is one of these, so none forgets it.
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useSay } from "../../i18n/words.ts";
import { Notice } from "./Notice.tsx";

interface FormProps {
  readonly className?: string;
  readonly role?: "search";
  /** Looks at what was filled in: it sets the messages, or does what was asked. */
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}

/** What still waits for the person: a field with a message, or two texts of which one has to be chosen. */
const WAITING = "[aria-invalid=true], [data-undecided=true]";

export function Form({ onSubmit, children, ...rest }: FormProps) {
  const { t } = useSay();
  const form = useRef<HTMLFormElement>(null);
  const [presses, setPresses] = useState(0);
  const [waiting, setWaiting] = useState(0);
  useEffect(() => {
    // The messages are on the page now.
    if (presses === 0) return;
    const [first] = waitingIn(form.current);
    (first?.matches("fieldset") === true ? first.querySelector<HTMLElement>("button") : first)?.focus();
  }, [presses]);
  useEffect(() => {
    const { current } = form;
    if (presses === 0 || current === null) return undefined;
    const count = () => setWaiting(waitingIn(current).length);
    const watch = new MutationObserver(count);
    watch.observe(current, { subtree: true, childList: true, attributeFilter: ["aria-invalid", "data-undecided"] });
    count();
    return () => watch.disconnect();
  }, [presses]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // A dialog stands inside the page of another form: its form is not the page's.
    event.stopPropagation();
    if (daysAreWhole(event.currentTarget)) onSubmit();
    setPresses((before) => before + 1);
  };
  return (
    <form {...rest} ref={form} onSubmit={submit} noValidate>
      {children}
      {waiting > 1 && (
        <Notice kind="error" live>
          {t("app.fieldsWaiting", { count: waiting })}
        </Notice>
      )}
    </form>
  );
}

function waitingIn(form: HTMLFormElement | null): readonly HTMLElement[] {
  return form === null ? [] : [...form.querySelectorAll<HTMLElement>(WAITING)];
}

/** Whether no day is half filled in. Each that is, is told: it shows its message. */
function daysAreWhole(form: HTMLFormElement): boolean {
  return [...form.querySelectorAll<HTMLInputElement>("input[type=date]")].filter((day) => !day.checkValidity()).length === 0;
}
