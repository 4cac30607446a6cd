// Making an access code: a name to know it by, what it may, for how long; then it is shown, once.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { AccessScope, MadeAccessToken } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { CopyText } from "../parts/CopyText.tsx";
import { RadioField, SelectField, TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { useCommand } from "../parts/hooks.ts";
import { Notice, Trouble } from "../parts/Notice.tsx";

/** The terms one can choose, in days. */
const TERMS = ["7", "30", "90", "365"] as const;
type Term = (typeof TERMS)[number];

interface Draft {
  readonly name: string;
  readonly scope: AccessScope;
  readonly days: Term;
}

const NEW: Draft = { name: "", scope: "read", days: "30" };

export function MakeToken({ onMade }: { onMade: () => void }) {
  const { t } = useSay();
  const [draft, setDraft] = useState(NEW);
  const [checked, setChecked] = useState(false);
  const [made, setMade] = useState<MadeAccessToken | null>(null);
  const put = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const make = useCommand(async (_key: string, wanted: Draft) => {
    const body = { name: wanted.name.trim(), scope: wanted.scope, days: Number(wanted.days) };
    setMade(await valueOf(api.POST("/access-tokens", { body })));
    setDraft(NEW);
    setChecked(false);
    onMade();
  });
  const submit = () => {
    setChecked(true);
    setMade(null);
    if (draft.name.trim() !== "") void make.run(draft);
  };
  return (
    <section className="card" aria-labelledby="toegangscode-maken">
      <Form className="form" onSubmit={submit}>
        <Heading2 id="toegangscode-maken">{t("programs.makeTitle")}</Heading2>
        {made !== null && <Made made={made} />}
        <TextField
          label={t("programs.name")}
          help={t("programs.nameHelp")}
          value={draft.name}
          onChange={(name) => put({ name })}
          error={checked && draft.name.trim() === "" ? t("programs.needName") : undefined}
          required
          maxLength={300}
        />
        <RadioField<AccessScope>
          legend={t("programs.scopeLegend")}
          value={draft.scope}
          onChange={(scope) => put({ scope })}
          choices={[
            { value: "read", label: t("programs.scope.read") },
            { value: "write", label: t("programs.scope.write") },
          ]}
        />
        <SelectField<Term>
          label={t("programs.days")}
          value={draft.days}
          onChange={(days) => put({ days })}
          choices={TERMS.map((days) => ({ value: days, label: t("programs.ofDays", { days }) }))}
        />
        <Trouble error={make.error} />
        <Button type="submit" appearance="primary-action-button" disabled={make.busy}>
          {t("programs.make")}
        </Button>
      </Form>
    </section>
  );
}

function Made({ made }: { made: MadeAccessToken }) {
  const { t } = useSay();
  return (
    <Notice kind="ok" live arrives title={t("programs.madeTitle", { name: made.name })}>
      <p>{t("programs.once")}</p>
      <CopyText text={made.token} label={t("programs.copyToken")} copied={t("programs.tokenCopied")} look="primary-action-button" />
    </Notice>
  );
}
