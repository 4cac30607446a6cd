// Choosing a role with the team, body or mandate that it needs; the same for somebody new and somebody known.
import type { NewRight, Role } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { DateField, SelectField, TextField } from "../parts/fields.tsx";
import { ROLES, TEAM_ROLES } from "./roles.ts";

export interface RoleDraft {
  readonly role: Role | "";
  readonly teamId: string;
  readonly body: string;
  readonly mandateSource: string;
  readonly mandateFrom: string;
}

export const NO_ROLE: RoleDraft = { role: "", teamId: "", body: "", mandateSource: "", mandateFrom: "" };

interface FieldsProps {
  readonly draft: RoleDraft;
  /** Whether what is missing is to be told: somebody pressed the button. */
  readonly checked: boolean;
  readonly onChange: (change: Partial<RoleDraft>) => void;
}

export function RoleFields({ draft, checked, onChange }: FieldsProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const missing = (value: string, words: string) => (checked && value.trim() === "" ? words : undefined);
  return (
    <>
      <SelectField<Role | "">
        label={t("people.role")}
        value={draft.role}
        onChange={(role) => onChange({ role })}
        choices={[{ value: "", label: t("people.choose") }, ...ROLES.map((value) => ({ value, label: t(`role.${value}`) }))]}
        error={missing(draft.role, t("people.needRole"))}
        required
      />
      {draft.role !== "" && TEAM_ROLES.includes(draft.role) && (
        <SelectField
          label={t("people.team")}
          help={plan.teams.length === 0 ? t("people.noTeams") : undefined}
          value={draft.teamId}
          onChange={(teamId) => onChange({ teamId })}
          choices={[{ value: "", label: t("people.choose") }, ...plan.teams.map((each) => ({ value: each.id, label: each.name }))]}
          error={missing(draft.teamId, t("people.needTeam"))}
          required
        />
      )}
      {draft.role === "bodyMember" && <TextField label={t("people.body")} value={draft.body} onChange={(body) => onChange({ body })} error={missing(draft.body, t("people.needBody"))} required maxLength={300} />}
      {draft.role === "coalitie" && (
        <>
          <TextField label={t("people.mandateSource")} value={draft.mandateSource} onChange={(mandateSource) => onChange({ mandateSource })} error={missing(draft.mandateSource, t("people.needMandate"))} required maxLength={300} />
          <DateField label={t("people.mandateFrom")} value={draft.mandateFrom} onChange={(mandateFrom) => onChange({ mandateFrom })} error={missing(draft.mandateFrom, t("people.needMandateFrom"))} required />
        </>
      )}
    </>
  );
}

/** What a filled form asks for, whoever it is for; `null` while something is missing. */
export function roleIn(draft: RoleDraft): Omit<NewRight, "personId" | "partyId"> | null {
  const { role } = draft;
  if (role === "") return null;
  if (TEAM_ROLES.includes(role)) return draft.teamId === "" ? null : { role, teamId: draft.teamId };
  if (role === "bodyMember") return draft.body.trim() === "" ? null : { role, body: draft.body.trim() };
  if (role !== "coalitie") return { role };
  const source = draft.mandateSource.trim();
  return source === "" || draft.mandateFrom === "" ? null : { role, mandate: { source, from: draft.mandateFrom } };
}
