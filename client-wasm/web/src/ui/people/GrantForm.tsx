// Giving someone who takes part a role, with the team, body or mandate that the role needs.
import { Button, Heading2, Paragraph } from "@utrecht/component-library-react";
import { type FormEvent, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useCommand } from "../parts/hooks.ts";
import type { NewRight, Role } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { Trouble } from "../parts/Notice.tsx";
import { ROLES, TEAM_ROLES } from "./roles.ts";

interface GrantDraft {
  readonly who: string;
  readonly role: Role | "";
  readonly teamId: string;
  readonly body: string;
  readonly mandateSource: string;
  readonly mandateFrom: string;
}

const EMPTY: GrantDraft = { who: "", role: "", teamId: "", body: "", mandateSource: "", mandateFrom: "" };

export function GrantForm({ onGranted }: { onGranted: (sentence: string) => void }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [draft, setDraft] = useState(EMPTY);
  const [error, setError] = useState<string>();
  const put = (change: Partial<GrantDraft>) => setDraft((before) => ({ ...before, ...change }));
  const grant = useCommand(async (key: string, right: NewRight) => {
    const made = await valueOf(api.POST("/plans/{planId}/rights", { params: { path: { planId: plan.id }, header: { "Idempotency-Key": key } }, body: right }));
    setDraft(EMPTY);
    onGranted(t("people.granted", { person: made.person.name, role: t(`role.${made.role}`) }));
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const right = rightOf(draft);
    setError(right === null ? t("people.chooseFirst") : undefined);
    if (right !== null) void grant.run(right);
  };
  const people = plan.people.map((each) => ({ value: `${each.id} ${each.party.id}`, label: t("app.personOfParty", { person: each.name, party: each.party.name }) }));
  return (
    <section className="card" aria-labelledby="rol-geven">
      <form className="form" onSubmit={submit} noValidate>
        <Heading2 id="rol-geven">{t("people.grantTitle")}</Heading2>
        <Paragraph>{t("people.grantIntro")}</Paragraph>
        <SelectField label={t("people.person")} value={draft.who} onChange={(who) => put({ who })} choices={[{ value: "", label: t("people.choose") }, ...people]} error={error} required />
        <SelectField<Role | "">
          label={t("people.role")}
          value={draft.role}
          onChange={(role) => put({ role })}
          choices={[{ value: "", label: t("people.choose") }, ...ROLES.map((value) => ({ value, label: t(`role.${value}`) }))]}
          required
        />
        {draft.role !== "" && TEAM_ROLES.includes(draft.role) && (
          <SelectField
            label={t("people.team")}
            value={draft.teamId}
            onChange={(teamId) => put({ teamId })}
            choices={[{ value: "", label: t("people.choose") }, ...plan.teams.map((each) => ({ value: each.id, label: each.name }))]}
            required
          />
        )}
        {draft.role === "bodyMember" && <TextField label={t("people.body")} value={draft.body} onChange={(body) => put({ body })} required maxLength={300} />}
        {draft.role === "coalitie" && (
          <>
            <TextField label={t("people.mandateSource")} value={draft.mandateSource} onChange={(mandateSource) => put({ mandateSource })} required maxLength={300} />
            <TextField label={t("people.mandateFrom")} type="date" value={draft.mandateFrom} onChange={(mandateFrom) => put({ mandateFrom })} required />
          </>
        )}
        <Trouble error={grant.error} />
        <Button type="submit" appearance="primary-action-button" disabled={grant.busy}>
          {t("people.grantSubmit")}
        </Button>
      </form>
    </section>
  );
}

/** The right that a filled form asks for; `null` while something is missing. */
function rightOf(draft: GrantDraft): NewRight | null {
  const [personId = "", partyId = ""] = draft.who.split(" ");
  const { role } = draft;
  if (role === "" || personId === "" || partyId === "") return null;
  const right = { personId, partyId, role };
  if (TEAM_ROLES.includes(role)) return draft.teamId === "" ? null : { ...right, teamId: draft.teamId };
  if (role === "bodyMember") return draft.body.trim() === "" ? null : { ...right, body: draft.body.trim() };
  if (role === "coalitie") {
    const source = draft.mandateSource.trim();
    return source === "" || draft.mandateFrom === "" ? null : { ...right, mandate: { source, from: draft.mandateFrom } };
  }
  return right;
}
