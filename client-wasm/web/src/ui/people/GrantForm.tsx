// Giving someone who takes part a role.
import { Button, Heading2, Paragraph } from "@utrecht/component-library-react";
import { useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { NewRight } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { SelectField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { useCommand } from "../parts/hooks.ts";
import { Trouble } from "../parts/Notice.tsx";
import { NO_ROLE, RoleFields, roleIn } from "./RoleFields.tsx";

export function GrantForm({ onGranted }: { onGranted: (sentence: string) => void }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [who, setWho] = useState("");
  const [draft, setDraft] = useState(NO_ROLE);
  const [checked, setChecked] = useState(false);
  const grant = useCommand(async (key: string, right: NewRight) => {
    const made = await valueOf(api.POST("/plans/{planId}/rights", { params: { path: { planId: plan.id }, header: { "Idempotency-Key": key } }, body: right }));
    setWho("");
    setDraft(NO_ROLE);
    onGranted(t("people.granted", { person: made.person.name, role: t(`role.${made.role}`) }));
  });
  const submit = () => {
    const [personId = "", partyId = ""] = who.split(" ");
    const role = roleIn(draft);
    const missing = role === null || personId === "";
    setChecked(missing);
    if (!missing) void grant.run({ personId, partyId, ...role });
  };
  const people = plan.people.filter((each) => each.name !== "").map((each) => ({ value: `${each.id} ${each.party.id}`, label: t("app.personOfParty", { person: each.name, party: each.party.name }) }));
  return (
    <section className="card" aria-labelledby="rol-geven">
      <Form className="form" onSubmit={submit}>
        <Heading2 id="rol-geven">{t("people.grantTitle")}</Heading2>
        <Paragraph>{t("people.grantIntro")}</Paragraph>
        <SelectField label={t("people.person")} value={who} onChange={setWho} choices={[{ value: "", label: t("people.choose") }, ...people]} error={checked && who === "" ? t("people.chooseWho") : undefined} required />
        <RoleFields draft={draft} checked={checked} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} />
        <Trouble error={grant.error} />
        <Button type="submit" appearance="primary-action-button" disabled={grant.busy}>
          {t("people.grantSubmit")}
        </Button>
      </Form>
    </section>
  );
}
