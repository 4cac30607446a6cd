// A form that leads to what is missing: after its button was pressed the focus goes to the first field that has a message.
//
// Why it exists: a message above the window, or one that a screen reader does not reach, is no message. Every form of the
// pages is one of these, so none forgets it.
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";

interface FormProps {
  readonly className?: string;
  readonly role?: "search";
  /** Looks at what was filled in: it sets the messages, or does what was asked. */
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}

/** What still waits for the person: a field with a message, or two texts of which one has to be chosen. */
const WAITING = "[aria-invalid=true], [data-undecided=true] button";

export function Form({ onSubmit, ...rest }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [presses, setPresses] = useState(0);
  useEffect(() => {
    // The messages are on the page now.
    if (presses > 0) form.current?.querySelector<HTMLElement>(WAITING)?.focus();
  }, [presses]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // A dialog stands inside the page of another form: its form is not the page's.
    event.stopPropagation();
    onSubmit();
    setPresses((before) => before + 1);
  };
  return <form {...rest} ref={form} onSubmit={submit} noValidate />;
}
