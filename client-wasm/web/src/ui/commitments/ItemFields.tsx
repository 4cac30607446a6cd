// The fields of one result, one precondition, one amount.
import { useSay } from "../../i18n/words.ts";
import { DateField, RadioField, SelectField, TextField } from "../parts/fields.tsx";
import type { Fault, MoneyDraft, PreconditionDraft, ResultDraft } from "./draft.ts";

interface ItemProps {
  readonly at: number;
  readonly faults: ReadonlyMap<string, Fault>;
}

/** The sentence for what is wrong with a part, if anything is. */
function useFault(list: string, { at, faults }: ItemProps): (part: string) => string | undefined {
  const { t } = useSay();
  return (part) => {
    const fault = faults.get(`${list}.${at}.${part}`);
    return fault === undefined ? undefined : t(`commitments.${fault}`);
  };
}

export function ResultFields({ result, onChange, ...item }: ItemProps & { result: ResultDraft; onChange: (result: ResultDraft) => void }) {
  const { t } = useSay();
  const fault = useFault("results", item);
  const put = (change: Partial<ResultDraft>) => onChange({ ...result, ...change });
  return (
    <>
      <RadioField
        legend={t("result.kind")}
        value={result.kind}
        onChange={(kind) => put({ kind })}
        choices={[
          { value: "quantitative", label: t("result.quantitative") },
          { value: "narrative", label: t("result.narrative") },
        ]}
      />
      {result.kind === "quantitative" ? (
        <>
          <TextField label={t("result.indicator")} value={result.indicator} onChange={(indicator) => put({ indicator })} maxLength={300} />
          <div className="pair pair--3">
            <TextField label={t("result.baseline")} value={result.baseline} onChange={(baseline) => put({ baseline })} error={fault("baseline")} inputMode="decimal" />
            <TextField label={t("result.target")} value={result.target} onChange={(target) => put({ target })} error={fault("target")} inputMode="decimal" />
            <TextField label={t("result.unit")} value={result.unit} onChange={(unit) => put({ unit })} maxLength={300} />
          </div>
        </>
      ) : (
        <>
          <TextField label={t("result.question")} value={result.question} onChange={(question) => put({ question })} maxLength={300} />
          <TextField label={t("result.source")} value={result.source} onChange={(source) => put({ source })} maxLength={300} />
        </>
      )}
      <DateField label={t("result.date")} value={result.date} onChange={(date) => put({ date })} />
      <div className="pair">
        <SelectField
          label={t("result.dimension")}
          value={result.dimension}
          onChange={(dimension) => put({ dimension })}
          choices={[
            { value: "", label: t("commitments.chooseNone") },
            { value: "process", label: t("result.process") },
            { value: "output", label: t("result.output") },
            { value: "outcome", label: t("result.outcome") },
          ]}
        />
        <SelectField
          label={t("result.promise")}
          value={result.promise}
          onChange={(promise) => put({ promise })}
          choices={[
            { value: "", label: t("commitments.chooseNone") },
            { value: "result", label: t("result.result") },
            { value: "effort", label: t("result.effort") },
          ]}
        />
      </div>
    </>
  );
}

interface PreconditionProps extends ItemProps {
  readonly precondition: PreconditionDraft;
  readonly onChange: (precondition: PreconditionDraft) => void;
}

export function PreconditionFields({ precondition, onChange, ...item }: PreconditionProps) {
  const { t } = useSay();
  const fault = useFault("preconditions", item);
  return (
    <>
      <TextField label={t("precondition.text")} value={precondition.text} onChange={(text) => onChange({ ...precondition, text })} error={fault("text")} required maxLength={300} />
      <TextField label={t("precondition.addressee")} value={precondition.addressee} onChange={(addressee) => onChange({ ...precondition, addressee })} maxLength={300} />
      <TextField label={t("precondition.answer")} value={precondition.answer} onChange={(answer) => onChange({ ...precondition, answer })} rows={2} maxLength={20000} />
    </>
  );
}

export function MoneyFields({ money, onChange, ...item }: ItemProps & { money: MoneyDraft; onChange: (money: MoneyDraft) => void }) {
  const { t } = useSay();
  const fault = useFault("money", item);
  return (
    <div className="pair pair--3">
      <TextField label={t("money.year")} value={money.year} onChange={(year) => onChange({ ...money, year })} error={fault("year")} required inputMode="numeric" maxLength={4} />
      <TextField label={t("money.amount")} value={money.amount} onChange={(amount) => onChange({ ...money, amount })} error={fault("amount")} required inputMode="decimal" />
      <TextField label={t("money.source")} value={money.source} onChange={(source) => onChange({ ...money, source })} error={fault("source")} required maxLength={300} />
    </div>
  );
}
