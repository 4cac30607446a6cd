// The form of a commitment, in the order people think of it: what, who, results, when, why, needs.
import { Button, Heading2 } from "@utrecht/component-library-react";
import type { ReactNode } from "react";
import type { CommitmentField, Scale } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { CheckField, type Choice, DateField, SelectField, TextField } from "../parts/fields.tsx";
import { type Draft, EMPTY_MONEY, EMPTY_PRECONDITION, EMPTY_RESULT, type Fault } from "./draft.ts";
import { useItemFocus } from "./itemFocus.ts";
import { MoneyFields, PreconditionFields, ResultFields } from "./ItemFields.tsx";
import { TwiceEdited } from "./TwiceEdited.tsx";

export interface FormProps {
  readonly draft: Draft;
  readonly faults: ReadonlyMap<string, Fault>;
  readonly onChange: (change: Partial<Draft>) => void;
}

/** All fields of a commitment. */
export function CommitmentFields(props: FormProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const { draft, onChange } = props;
  const parties = plan.parties.map((each) => ({ value: each.id, label: each.name })).sort((a, b) => a.label.localeCompare(b.label, "nl"));
  return (
    <>
      <Section title={t("commitments.sectionWhat")}>
        <Text {...props} field="title" required maxLength={300} />
        <Text {...props} field="solution" rows={5} maxLength={20000} />
        <Chapters {...props} />
      </Section>
      <Section title={t("commitments.sectionWho")}>
        <SelectField
          label={t("field.ownerPartyId")}
          value={draft.ownerPartyId}
          onChange={(ownerPartyId) => onChange({ ownerPartyId })}
          choices={[{ value: "", label: t("commitments.chooseNone") }, ...parties]}
        />
        <TwiceEdited field="ownerPartyId" />
        <CheckField
          legend={t("field.partyIds")}
          help={t("commitments.participantsHelp")}
          chosen={draft.partyIds}
          choices={parties}
          onChange={(partyIds) => onChange({ partyIds })}
        />
        <TwiceEdited field="partyIds" />
      </Section>
      <Section title={t("commitments.sectionMeasure")}>
        <Items
          items={draft.results}
          onChange={(results) => onChange({ results })}
          add={{ label: t("commitments.addResult"), empty: EMPTY_RESULT }}
          title={(number) => t("commitments.resultNumber", { number })}
          remove={(number) => t("commitments.removeResult", { number })}
        >
          {(result, at, change) => <ResultFields result={result} at={at} faults={props.faults} onChange={change} />}
        </Items>
        <TwiceEdited field="results" />
        <Text {...props} field="measuredBy" maxLength={300} />
        <Text {...props} field="progress" rows={3} maxLength={20000} />
      </Section>
      <Section title={t("commitments.sectionWhen")}>
        <div className="pair">
          <Day {...props} field="termStart" />
          <Day {...props} field="termEnd" />
        </div>
        <div className="pair">
          <ScaleField {...props} field="scaleAgreed" />
          <ScaleField {...props} field="scaleCarriedOut" />
        </div>
        <Day {...props} field="openBefore" />
      </Section>
      <Section title={t("commitments.sectionWhy")}>
        {plan.challenges.length > 0 && (
          <CheckField legend={t("field.challengeIds")} chosen={draft.challengeIds} choices={titled(plan.challenges)} onChange={(challengeIds) => onChange({ challengeIds })} />
        )}
        <TwiceEdited field="challengeIds" />
        {plan.strands.length > 0 && (
          <CheckField legend={t("field.strandIds")} chosen={draft.strandIds} choices={titled(plan.strands)} onChange={(strandIds) => onChange({ strandIds })} />
        )}
        <TwiceEdited field="strandIds" />
      </Section>
      <Section title={t("commitments.sectionNeeds")}>
        <Items
          items={draft.preconditions}
          onChange={(preconditions) => onChange({ preconditions })}
          add={{ label: t("commitments.addPrecondition"), empty: EMPTY_PRECONDITION }}
          title={(number) => t("commitments.preconditionNumber", { number })}
          remove={(number) => t("commitments.removePrecondition", { number })}
        >
          {(each, at, change) => <PreconditionFields precondition={each} at={at} faults={props.faults} onChange={change} />}
        </Items>
        <TwiceEdited field="preconditions" />
        <Items
          items={draft.money}
          onChange={(money) => onChange({ money })}
          add={{ label: t("commitments.addMoney"), empty: EMPTY_MONEY }}
          title={(number) => t("commitments.moneyNumber", { number })}
          remove={(number) => t("commitments.removeMoney", { number })}
        >
          {(each, at, change) => <MoneyFields money={each} at={at} faults={props.faults} onChange={change} />}
        </Items>
        <TwiceEdited field="money" />
      </Section>
    </>
  );
}

function titled(items: readonly { id: string; title: string }[]): Choice<string>[] {
  return items.map((each) => ({ value: each.id, label: each.title }));
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card form">
      <Heading2>{title}</Heading2>
      {children}
    </section>
  );
}

type TextName = "title" | "solution" | "measuredBy" | "progress";

interface TextProps extends FormProps {
  readonly field: TextName & CommitmentField;
  readonly rows?: number;
  readonly required?: boolean;
  readonly maxLength?: number;
}

function Text({ draft, faults, onChange, field, ...rest }: TextProps) {
  const { t } = useSay();
  const fault = faults.get(field);
  return (
    <div>
      <TextField
        label={t(`field.${field}`)}
        value={draft[field]}
        onChange={(value) => onChange({ [field]: value })}
        error={fault === undefined ? undefined : t(`commitments.${fault}`)}
        {...rest}
      />
      <TwiceEdited field={field} />
    </div>
  );
}

function Day({ draft, faults, onChange, field }: FormProps & { field: "termStart" | "termEnd" | "openBefore" }) {
  const { t } = useSay();
  const fault = faults.get(field);
  return (
    <div>
      <DateField label={t(`field.${field}`)} value={draft[field]} onChange={(value) => onChange({ [field]: value })} error={fault === undefined ? undefined : t(`commitments.${fault}`)} />
      <TwiceEdited field={field} />
    </div>
  );
}

function Chapters({ draft, faults, onChange }: FormProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const fault = faults.get("chapterId");
  return (
    <div>
      <SelectField
        label={t("field.chapterId")}
        value={draft.chapterId}
        onChange={(chapterId) => onChange({ chapterId })}
        choices={[{ value: "", label: t("commitments.chooseNone") }, ...titled(plan.chapters)]}
        error={fault === undefined ? undefined : t(`commitments.${fault}`)}
        required
      />
      <TwiceEdited field="chapterId" />
    </div>
  );
}

const SCALES: readonly Scale[] = ["local", "subregional", "regional", "supraregional", "national"];

function ScaleField({ draft, onChange, field }: FormProps & { field: "scaleAgreed" | "scaleCarriedOut" }) {
  const { t } = useSay();
  return (
    <div>
      <SelectField<Scale | "">
        label={t(`field.${field}`)}
        value={draft[field]}
        onChange={(value) => onChange({ [field]: value })}
        choices={[{ value: "", label: t("commitments.chooseNone") }, ...SCALES.map((value) => ({ value, label: t(`scale.${value}`) }))]}
      />
      <TwiceEdited field={field} />
    </div>
  );
}

interface ItemsProps<T> {
  readonly items: readonly T[];
  readonly onChange: (items: T[]) => void;
  readonly add: { readonly label: string; readonly empty: T };
  readonly title: (number: number) => string;
  readonly remove: (number: number) => string;
  readonly children: (item: T, at: number, change: (item: T) => void) => ReactNode;
}

/** A list of parts with the same fields: add one, change one, take one away. */
function Items<T>({ items, onChange, add, title, remove, children }: ItemsProps<T>) {
  const { list, onRemove, onAdd } = useItemFocus();
  const takeAway = (at: number) => {
    onRemove(at, items.length - 1);
    onChange(items.filter((_, index) => index !== at));
  };
  const addOne = () => {
    onAdd();
    onChange([...items, add.empty]);
  };
  return (
    <div ref={list} className="items">
      {items.map((item, at) => (
        <fieldset key={at} className="item">
          <legend>{title(at + 1)}</legend>
          {children(item, at, (changed) => onChange(items.map((each, index) => (index === at ? changed : each))))}
          <Button type="button" appearance="subtle-button" onClick={() => takeAway(at)}>
            {remove(at + 1)}
          </Button>
        </fieldset>
      ))}
      <Button type="button" appearance="secondary-action-button" onClick={addOne}>
        {add.label}
      </Button>
    </div>
  );
}
