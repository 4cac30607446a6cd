// Taking in somebody new: a name, for which organisation, and the first role. The link to sign in comes after.
import { Button, Heading2, Paragraph } from "@utrecht/component-library-react";
import { useRef, useState } from "react";
import { api, newKey, valueOf } from "../../api/client.ts";
import type { NewRight } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { useCommand } from "../parts/hooks.ts";
import { Trouble } from "../parts/Notice.tsx";
import { type Invited, isMailOrNone } from "./roles.ts";
import { NO_ROLE, RoleFields, roleIn } from "./RoleFields.tsx";

const NOBODY = { name: "", mail: "", partyId: "" };

export function AddPerson({ onAdded }: { onAdded: (sentence: string, person: Invited) => void }) {
  const { t } = useSay();
  const { plan, partyName } = usePlan();
  const [person, setPerson] = useState(NOBODY);
  const [draft, setDraft] = useState(NO_ROLE);
  const [checked, setChecked] = useState(false);
  // Kept until the role is given: when only that failed, trying again makes nobody twice.
  const personKey = useRef(newKey());
  const role = roleIn(draft);
  const put = (change: Partial<typeof NOBODY>) => setPerson((before) => ({ ...before, ...change }));
  const add = useCommand(async (key: string, wanted: typeof NOBODY, right: Omit<NewRight, "personId" | "partyId">) => {
    const path = { planId: plan.id };
    const body = { name: wanted.name.trim(), ...(wanted.mail.trim() === "" ? {} : { mail: wanted.mail.trim() }) };
    const made = await valueOf(api.POST("/plans/{planId}/people", { params: { path, header: { "Idempotency-Key": personKey.current } }, body }));
    await valueOf(
      api.POST("/plans/{planId}/rights", { params: { path, header: { "Idempotency-Key": key } }, body: { personId: made.id, partyId: wanted.partyId, ...right } }),
    );
    personKey.current = newKey();
    setPerson(NOBODY);
    setDraft(NO_ROLE);
    setChecked(false);
    onAdded(t("people.added", { person: body.name }), { personId: made.id, partyId: wanted.partyId, name: body.name, party: partyName(wanted.partyId) });
  });
  const submit = () => {
    setChecked(true);
    if (person.name.trim() !== "" && isMailOrNone(person.mail) && person.partyId !== "" && role !== null) void add.run(person, role);
  };
  const parties = plan.parties.map((each) => ({ value: each.id, label: each.name }));
  return (
    <section className="card" aria-labelledby="persoon-toevoegen">
      <Form className="form" onSubmit={submit}>
        <Heading2 id="persoon-toevoegen">{t("people.addTitle")}</Heading2>
        <Paragraph>{t("people.addIntro")}</Paragraph>
        <TextField label={t("people.name")} value={person.name} onChange={(name) => put({ name })} error={checked && person.name.trim() === "" ? t("people.needName") : undefined} required maxLength={300} />
        <TextField label={t("people.mail")} type="email" value={person.mail} onChange={(mail) => put({ mail })} error={checked && !isMailOrNone(person.mail) ? t("people.needMail") : undefined} maxLength={300} />
        <SelectField
          label={t("people.party")}
          value={person.partyId}
          onChange={(partyId) => put({ partyId })}
          choices={[{ value: "", label: t("people.choose") }, ...parties]}
          error={checked && person.partyId === "" ? t("people.needParty") : undefined}
          required
        />
        <RoleFields draft={draft} checked={checked} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} />
        <Trouble error={add.error} />
        <Button type="submit" appearance="primary-action-button" disabled={add.busy}>
          {t("people.addSubmit")}
        </Button>
      </Form>
    </section>
  );
}
