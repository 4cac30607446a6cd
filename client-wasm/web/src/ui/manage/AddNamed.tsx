// Taking an organisation into the plan, and forming a writing team.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { useCommand } from "../parts/hooks.ts";
import { Trouble } from "../parts/Notice.tsx";

interface AddProps {
  readonly onAdded: (sentence: string) => void;
}

export function AddParty({ onAdded }: AddProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [name, setName] = useState("");
  const [sector, setSector] = useState("");
  const [checked, setChecked] = useState(false);
  const add = useCommand(async (key: string, body: { name: string; sector: string }) => {
    await valueOf(api.POST("/plans/{planId}/parties", { params: { path: { planId: plan.id }, header: { "Idempotency-Key": key } }, body }));
    setName("");
    setSector("");
    setChecked(false);
    onAdded(t("manage.partyAdded", { name: body.name }));
  });
  const submit = () => {
    setChecked(true);
    if (name.trim() !== "" && sector.trim() !== "") void add.run({ name: name.trim(), sector: sector.trim() });
  };
  return (
    <section className="card" aria-labelledby="organisatie-toevoegen">
      <Form className="form" onSubmit={submit}>
        <Heading2 id="organisatie-toevoegen">{t("manage.addParty")}</Heading2>
        <TextField label={t("manage.partyName")} value={name} onChange={setName} error={checked && name.trim() === "" ? t("manage.needName") : undefined} required maxLength={300} />
        <TextField
          label={t("manage.partySector")}
          help={t("manage.partySectorHelp")}
          value={sector}
          onChange={setSector}
          error={checked && sector.trim() === "" ? t("manage.needSector") : undefined}
          required
          maxLength={300}
        />
        <Trouble error={add.error} />
        <Button type="submit" appearance="secondary-action-button" disabled={add.busy}>
          {t("manage.addParty")}
        </Button>
      </Form>
    </section>
  );
}

export function AddTeam({ onAdded }: AddProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [name, setName] = useState("");
  const [error, setError] = useState<string>();
  const add = useCommand(async (key: string, wanted: string) => {
    await valueOf(api.POST("/plans/{planId}/teams", { params: { path: { planId: plan.id }, header: { "Idempotency-Key": key } }, body: { name: wanted } }));
    setName("");
    onAdded(t("manage.teamAdded", { name: wanted }));
  });
  const submit = () => {
    setError(name.trim() === "" ? t("manage.needName") : undefined);
    if (name.trim() !== "") void add.run(name.trim());
  };
  return (
    <section className="card" aria-labelledby="schrijfteam-toevoegen">
      <Form className="form" onSubmit={submit}>
        <Heading2 id="schrijfteam-toevoegen">{t("manage.addTeam")}</Heading2>
        <TextField label={t("manage.teamName")} value={name} onChange={setName} error={error} required maxLength={300} />
        <Trouble error={add.error} />
        <Button type="submit" appearance="secondary-action-button" disabled={add.busy}>
          {t("manage.addTeam")}
        </Button>
      </Form>
    </section>
  );
}
