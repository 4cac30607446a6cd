// Form fields of NL Design System with label, help and error tied together, so that no form forgets one.
import {
  Checkbox,
  Fieldset,
  FieldsetLegend,
  FormField,
  FormFieldDescription,
  FormFieldErrorMessage,
  FormLabel,
  RadioButton,
  Select,
  SelectOption,
  Textarea,
  Textbox,
} from "@utrecht/component-library-react";
import { type ComponentProps, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useSay } from "../../i18n/words.ts";

interface FieldProps {
  readonly label: string;
  readonly help?: string | undefined;
  readonly error?: string | undefined;
  readonly required?: boolean;
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: "text" | "search" | "url" | "email";
  readonly inputMode?: "decimal" | "numeric" | "url";
  readonly maxLength?: number;
  readonly autoComplete?: string;
  /** Of several lines. */
  readonly rows?: number;
}

export function TextField({ value, onChange, type = "text", rows, inputMode, maxLength, autoComplete, ...field }: TextFieldProps) {
  const limit = maxLength === undefined ? {} : { maxLength };
  const keyboard = inputMode === undefined ? {} : { inputMode };
  const isWords = type === "text" && (inputMode === undefined || inputMode === "url");
  return (
    <Field {...field}>
      {(wiring) => {
        if (rows !== undefined) return <Textarea {...wiring} rows={rows} value={value} {...limit} onChange={(event) => onChange(event.target.value)} />;
        if (isWords) return <GrowingLine {...wiring} value={value} autoComplete={autoComplete ?? "off"} {...keyboard} {...limit} onChange={onChange} />;
        return (
          <Textbox {...wiring} type={type} value={value} autoComplete={autoComplete ?? "off"} {...keyboard} {...limit} onChange={(event) => onChange(event.target.value)} />
        );
      }}
    </Field>
  );
}

type DateFieldProps = FieldProps & Pick<TextFieldProps, "value" | "onChange">;

/** Four digits of a year; a browser takes "20" for the year 20, and six digits too. */
const DAYS = { min: "1900-01-01", max: "2999-12-31" };

/**
 * One day. A browser says the same of a day that is half there as of none, so the field itself is asked when its form is
 * sent, which it keeps from going (see `Form.tsx`). Not sooner: a message that comes while one presses the button moves it away.
 */
export function DateField({ value, onChange, error, ...field }: DateFieldProps) {
  const { t } = useSay();
  const input = useRef<HTMLInputElement>(null);
  const [isUnfinished, setUnfinished] = useState(false);
  // Also when another value came from elsewhere.
  const lookWhetherMended = () => {
    if (input.current?.validity.valid === true) setUnfinished(false);
  };
  useEffect(lookWhetherMended, [value]);
  return (
    <Field {...field} error={isUnfinished ? t("app.dateUnfinished") : error}>
      {(wiring) => (
        <Textbox
          {...wiring}
          {...DAYS}
          ref={input}
          type="date"
          value={value}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
          onKeyUp={lookWhetherMended}
          onBlur={lookWhetherMended}
          onInvalid={() => setUnfinished(true)}
        />
      )}
    </Field>
  );
}

type GrowingLineProps = Omit<ComponentProps<typeof Textarea>, "onChange" | "onKeyDown" | "rows" | "value"> & Pick<TextFieldProps, "value" | "onChange">;

/** One line of text, shown in as many as it takes: what is longer than the field is wide can be read whole. */
function GrowingLine({ value, onChange, ...rest }: GrowingLineProps) {
  return (
    <div className="growing" data-value={value}>
      <Textarea {...rest} rows={1} value={value} onKeyDown={enterSubmits} onChange={(event) => onChange(event.target.value.replaceAll(/\r\n|[\r\n]/g, " "))} />
    </div>
  );
}

/** Enter does what it does in a line: it presses the form's button, which does nothing while it is disabled. */
function enterSubmits(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.form?.querySelector<HTMLButtonElement>("[type=submit]")?.click();
}

/** One thing that can be chosen. */
export interface Choice<V extends string> {
  readonly value: V;
  readonly label: string;
  /** How many of the choices above it it is a part of. */
  readonly depth?: number;
}

interface SelectFieldProps<V extends string> extends FieldProps {
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
}

export function SelectField<V extends string>({ value, choices, onChange, ...field }: SelectFieldProps<V>) {
  return (
    <Field {...field}>
      {(wiring) => (
        <Select
          {...wiring}
          value={value}
          onChange={(event) => {
            const chosen = choices.find((choice) => choice.value === event.target.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {choices.map((choice) => (
            <SelectOption key={choice.value} value={choice.value}>
              {choice.label}
            </SelectOption>
          ))}
        </Select>
      )}
    </Field>
  );
}

interface ChecksProps<V extends string> {
  readonly legend: string;
  readonly help?: string;
  readonly chosen: readonly V[];
  readonly choices: readonly Choice<V>[];
  readonly onChange: (chosen: V[]) => void;
}

/** Any number of choices. The order of the choices is kept. */
export function CheckField<V extends string>({ legend, help, chosen, choices, onChange }: ChecksProps<V>) {
  return (
    <Fieldset className="checks">
      <FieldsetLegend>{legend}</FieldsetLegend>
      {help !== undefined && <p className="help">{help}</p>}
      <div className="checks__list">
        {choices.map((choice) => (
          <label key={choice.value} className="check">
            <Checkbox
              checked={chosen.includes(choice.value)}
              onChange={(event) => {
                const wanted = new Set(chosen);
                if (event.target.checked) wanted.add(choice.value);
                else wanted.delete(choice.value);
                onChange(choices.map((each) => each.value).filter((each) => wanted.has(each)));
              }}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </Fieldset>
  );
}

interface RadioFieldProps<V extends string> {
  readonly legend: string;
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
}

/** One of a few choices, all of them visible. */
export function RadioField<V extends string>({ legend, value, choices, onChange }: RadioFieldProps<V>) {
  const name = useId();
  return (
    <Fieldset className="checks">
      <FieldsetLegend>{legend}</FieldsetLegend>
      <div className="checks__list checks__list--one">
        {choices.map((choice) => (
          <label key={choice.value} className="check" style={choice.depth ? { marginInlineStart: `${choice.depth * 1.5}rem` } : undefined}>
            <RadioButton name={name} value={choice.value} checked={choice.value === value} onChange={() => onChange(choice.value)} />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </Fieldset>
  );
}

interface Wiring {
  readonly id: string;
  readonly invalid: boolean;
  readonly "aria-required"?: boolean;
  readonly "aria-describedby"?: string;
}

function Field({ label, help, error, required = false, children }: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const { t } = useSay();
  const described = [help === undefined ? "" : `${id}-help`, error === undefined ? "" : `${id}-error`].filter((each) => each !== "");
  const wiring: Wiring = {
    id,
    invalid: error !== undefined,
    ...(required ? { "aria-required": true } : {}),
    ...(described.length === 0 ? {} : { "aria-describedby": described.join(" ") }),
  };
  return (
    <FormField invalid={error !== undefined} className="field">
      <FormLabel htmlFor={id}>
        {label}
        {required && <span className="field__required"> ({t("app.required")})</span>}
      </FormLabel>
      {help !== undefined && <FormFieldDescription id={`${id}-help`}>{help}</FormFieldDescription>}
      {error !== undefined && <FormFieldErrorMessage id={`${id}-error`}>{error}</FormFieldErrorMessage>}
      {children(wiring)}
    </FormField>
  );
}
