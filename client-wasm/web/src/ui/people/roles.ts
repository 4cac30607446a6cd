// Rights as people read them: everyone once, with all their roles. Pure.
import type { Person, Right } from "../../api/types.ts";
import type { Say } from "../../i18n/words.ts";

/** A person for one party, with every role they hold there. */
export interface Member {
  readonly key: string;
  readonly personId: string;
  readonly partyId: string;
  readonly name: string;
  readonly party: string;
  readonly rights: readonly Right[];
}

/** Whom a sign-in link is for. */
export type Invited = Pick<Member, "personId" | "partyId" | "name" | "party">;

/** Everyone once per party, in the order of the rights. */
export function membersOf(rights: readonly Right[]): Member[] {
  const members = new Map<string, Member>();
  for (const right of rights) {
    const key = `${right.person.id}/${right.party.id}`;
    const known = members.get(key);
    members.set(key, { key, personId: right.person.id, partyId: right.party.id, name: right.person.name, party: right.party.name, rights: [...(known?.rights ?? []), right] });
  }
  return [...members.values()];
}

/** People who had a role once and have none now, as members without roles. Whoever was forgotten is none of them. */
export function formerMembers(people: readonly Person[]): Member[] {
  const former = people.filter((each) => each.roles.length === 0 && each.name !== "");
  return former.map((each) => ({ key: `${each.id}/${each.party.id}`, personId: each.id, partyId: each.party.id, name: each.name, party: each.party.name, rights: [] }));
}

/** Members by party, parties in the order of the alphabet. */
export function byParty(members: readonly Member[]): { readonly partyId: string; readonly party: string; readonly members: readonly Member[] }[] {
  const parties = new Map<string, { partyId: string; party: string; members: Member[] }>();
  for (const member of members) {
    const known = parties.get(member.partyId) ?? { partyId: member.partyId, party: member.party, members: [] };
    known.members.push(member);
    parties.set(member.partyId, known);
  }
  return [...parties.values()].sort((a, b) => a.party.localeCompare(b.party, "nl"));
}

/** Whether name or party holds every word one typed. */
export function matches(member: Member, typed: string): boolean {
  const text = `${member.name} ${member.party}`.toLocaleLowerCase("nl");
  return typed
    .toLocaleLowerCase("nl")
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** "Trekker van schrijfteam Nachtzorg", "Lid van BOSD", "Verbindende Coalitie". */
export function rightWords(right: Right, { t }: Say): string {
  const role = t(`role.${right.role}`);
  if (right.team !== null) return t(namesItsSort(right.team.name) ? "people.inNamedTeam" : "people.inTeam", { role, team: right.team.name });
  if (right.body !== null) return t("people.inBody", { body: right.body });
  return role;
}

/** Whether a team's name says itself that it is a team, so that nobody reads "schrijfteam Schrijfteam Nachtzorg". */
export function namesItsSort(team: string): boolean {
  return /team/i.test(team);
}

/** Whether a mail address looks like one: no more can be known of it before mail is sent. None is fine. */
export function isMailOrNone(typed: string): boolean {
  const mail = typed.trim();
  return mail === "" || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(mail);
}

/** Roles that belong to a writing team. */
export const TEAM_ROLES: readonly Right["role"][] = ["lead", "writer", "coordinator", "kwartiermaker"];
export const ROLES: readonly Right["role"][] = [
  ...TEAM_ROLES,
  "coalitie",
  "bestuurder",
  "contactpersoon",
  "bodyMember",
  "resident",
  "programmateam",
];
