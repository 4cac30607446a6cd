// Who takes part, for which organisation, in which role; the programme team gives and withdraws roles.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useCallback, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Right } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { TextField } from "../parts/fields.tsx";
import { BackLink } from "../parts/links.tsx";
import { useVoiceOnChange } from "../parts/live.tsx";
import { Notice, useSuccess } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { AddPerson } from "./AddPerson.tsx";
import { GrantForm } from "./GrantForm.tsx";
import { ForgetDialog } from "./ForgetDialog.tsx";
import { LinkForPerson } from "./LinkForPerson.tsx";
import { byParty, formerMembers, type Invited, matches, type Member, membersOf, rightWords } from "./roles.ts";
import { WithdrawDialog } from "./WithdrawDialog.tsx";

/** So many people are shown without unfolding their parties. */
const UNFOLDED_MAX = 12;

export function PeoplePage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const { party } = useSession();
  const [inviting, setInviting] = useState<Invited | null>(null);
  const [added, setAdded] = useState<Invited>();
  // In the list whoever is new may be folded away.
  const { success, tell } = useSuccess(added && <InviteButton member={added} look="secondary-action-button" onInvite={setInviting} />);
  const rights = useLoaded(
    useCallback((signal: AbortSignal) => valueOf(api.GET("/plans/{planId}/rights", { params: { path: { planId: plan.id } }, signal })), [plan.id]),
  );
  return (
    <Page title={t("people.title")} plan={plan.title} before={<BackLink to={path("meer")}>{t("more.title")}</BackLink>}>
      <p className="lead">{t(`people.intro.${plan.readsPeople}`, { party: party.name })}</p>
      {success}
      {plan.readsPeople !== "none" && (
        <Shown of={rights}>
          {({ items }, reload) => (
            <People
              rights={items}
              onInvite={setInviting}
              onChanged={(sentence, person) => {
                setAdded(person);
                tell(sentence);
                reload();
              }}
            />
          )}
        </Shown>
      )}
      {inviting !== null && <LinkForPerson member={inviting} onClose={() => setInviting(null)} />}
    </Page>
  );
}

interface PeopleProps {
  readonly rights: readonly Right[];
  readonly onInvite: (member: Invited) => void;
  /** Told what changed, and who was added if somebody was. */
  readonly onChanged: (sentence: string, added?: Invited) => void;
}

function People({ rights, onInvite, onChanged }: PeopleProps) {
  const { t } = useSay();
  const { plan, reload } = usePlan();
  const [typed, setTyped] = useState("");
  const [withdrawing, setWithdrawing] = useState<Right | null>(null);
  const [forgetting, setForgetting] = useState<Member | null>(null);
  const members = membersOf(rights).filter((member) => matches(member, typed));
  const unfolded = typed.trim() !== "" || members.length <= UNFOLDED_MAX;
  const former = formerMembers(plan.people).filter((member) => matches(member, typed));
  useVoiceOnChange(t("people.count", { count: members.length + former.length }));
  const changed = (sentence: string, added?: Invited) => {
    setWithdrawing(null);
    setForgetting(null);
    reload();
    onChanged(sentence, added);
  };
  return (
    <>
      <search className="filters">
        <TextField type="search" label={t("people.search")} value={typed} onChange={setTyped} />
      </search>
      {members.length + former.length === 0 && <Notice kind="info">{t("people.none")}</Notice>}
      <div className="parties">
        {byParty(members).map(({ partyId, party, members: theirs }) => (
          // Folded while there are many: a region has hundreds of people, and a phone shows three.
          <details key={partyId} className="filters-fold" open={unfolded}>
            <summary>{t("people.ofParty", { party, count: theirs.length })}</summary>
            <ul className="cards">
              {theirs.map((member) => (
                <li key={member.key}>
                  <MemberCard member={member} {...(plan.mayManageRights ? { manage: { onWithdraw: setWithdrawing, onInvite } } : {})} />
                </li>
              ))}
            </ul>
          </details>
        ))}
      </div>
      {former.length > 0 && (
        <section aria-labelledby="zonder-rol">
          <Heading2 id="zonder-rol">{t("people.noRole")}</Heading2>
          {plan.mayManageRights && <p className="meta">{t("people.noRoleHelp")}</p>}
          <ul className="cards">
            {former.map((member) => (
              <li key={member.key} className="card card--small">
                <p className="member__name">
                  <b>{member.name}</b>
                </p>
                <p className="meta">{member.party}</p>
                {plan.mayManageRights && rights.every((right) => right.person.id !== member.personId) && (
                  <Button appearance="subtle-button" aria-label={t("people.forgetLabel", { person: member.name })} onClick={() => setForgetting(member)}>
                    {t("people.forget")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {plan.mayManageRights && (
        <>
          <GrantForm onGranted={changed} />
          <AddPerson onAdded={changed} />
        </>
      )}
      {forgetting !== null && <ForgetDialog member={forgetting} onClose={() => setForgetting(null)} onForgotten={changed} />}
      {withdrawing !== null && <WithdrawDialog right={withdrawing} onClose={() => setWithdrawing(null)} onWithdrawn={changed} />}
    </>
  );
}

interface Manage {
  readonly onWithdraw: (right: Right) => void;
  readonly onInvite: (member: Invited) => void;
}

interface InviteProps {
  readonly member: Invited;
  readonly look: "subtle-button" | "secondary-action-button";
  readonly onInvite: (member: Invited) => void;
}

function InviteButton({ member, look, onInvite }: InviteProps) {
  const { t } = useSay();
  return (
    <Button appearance={look} aria-label={t("people.linkMakeLabel", { person: member.name })} onClick={() => onInvite(member)}>
      {t("people.linkMake")}
    </Button>
  );
}

function MemberCard({ member, manage }: { member: Member; manage?: Manage }) {
  const say = useSay();
  const { t, day } = say;
  return (
    <article className="card card--small">
      <Heading2 className="member__name">{member.name}</Heading2>
      <p className="meta">{member.party}</p>
      <ul className="roles">
        {member.rights.map((right) => (
          <li key={right.id}>
            <span>
              {rightWords(right, say)} <span className="meta">{t("people.since", { date: day(right.grantedAt) })}</span>
              {right.mandate !== null && <span className="meta roles__mandate">{t("people.mandate", { source: right.mandate.source })}</span>}
            </span>
            {manage !== undefined && (
              <Button
                appearance="subtle-button"
                aria-label={t("people.withdrawLabel", { role: rightWords(right, say), person: member.name })}
                onClick={() => manage.onWithdraw(right)}
              >
                {t("people.withdraw")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {manage !== undefined && <InviteButton member={member} look="subtle-button" onInvite={manage.onInvite} />}
    </article>
  );
}
