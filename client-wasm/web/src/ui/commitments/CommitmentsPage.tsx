// The list of commitments: what, whose, how far, and who changed it last.
import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Commitment } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { StageBadge } from "../parts/Badge.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { ButtonLink, TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { CommitmentsNotPutBefore } from "../plan/NotPutBefore.tsx";
import { useVoiceOnChange } from "../parts/live.tsx";
import { lastChangeWords } from "./changeWords.ts";
import { lackOf } from "./values.ts";

export function CommitmentsPage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const all = useLoaded(
    useCallback((signal: AbortSignal) => valueOf(api.GET("/plans/{planId}/commitments", { params: { path: { planId: plan.id } }, signal })), [plan.id]),
  );
  return (
    <Page
      title={t("commitments.title")}
      plan={plan.title}
      actions={
        plan.mayCreateCommitments && (
          <ButtonLink to={path("afspraken/nieuw")} look="primary-action">
            {t("commitments.new")}
          </ButtonLink>
        )
      }
    >
      {plan.readsCommitments === "none" ? (
        <CommitmentsNotPutBefore />
      ) : (
        <Shown of={all}>{({ items }) => (items.length === 0 ? <None /> : <Filtered commitments={items} />)}</Shown>
      )}
    </Page>
  );
}

/** That there are none to read, as far as one may see. */
function None() {
  const { t } = useSay();
  const { plan } = usePlan();
  const { party } = useSession();
  return <Notice kind="info">{plan.readsCommitments === "all" ? t("commitments.none") : t("commitments.noneOfOwn", { party: party.name })}</Notice>;
}

function Filtered({ commitments }: { commitments: readonly Commitment[] }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const { party } = useSession();
  const [search, setSearch] = useSearchParams();
  const chosen = { party: search.get("organisatie") ?? "", chapter: search.get("hoofdstuk") ?? "", words: search.get("zoek") ?? "" };
  const choose = (name: string, value: string) => {
    const next = new URLSearchParams(search);
    if (value === "") next.delete(name);
    else next.set(name, value);
    setSearch(next, { replace: true, preventScrollReset: true });
  };
  const shown = commitments.filter((each) => matches(each, chosen));
  const count = t("commitments.count", { count: shown.length });
  useVoiceOnChange(count);
  const ours = { value: party.id, label: t("commitments.ours", { party: party.name }) };
  const others = plan.parties.filter((each) => each.id !== party.id).map((each) => ({ value: each.id, label: each.name }));
  return (
    <>
      <search className="filters card">
        <TextField type="search" label={t("commitments.search")} value={chosen.words} onChange={(value) => choose("zoek", value)} />
        <SelectField
          label={t("commitments.filterParty")}
          value={chosen.party}
          onChange={(value) => choose("organisatie", value)}
          choices={[{ value: "", label: t("commitments.all") }, ours, ...others]}
        />
        <SelectField
          label={t("commitments.filterChapter")}
          value={chosen.chapter}
          onChange={(value) => choose("hoofdstuk", value)}
          choices={[{ value: "", label: t("commitments.all") }, ...plan.chapters.map((each) => ({ value: each.id, label: each.title }))]}
        />
      </search>
      {plan.readsCommitments === "ownParty" && <p className="meta">{t("commitments.onlyOwn", { party: party.name })}</p>}
      <p className="meta">{count}</p>
      {shown.length === 0 && <Notice kind="info">{t("commitments.noneFound")}</Notice>}
      <ul className="cards">
        {shown.map((each) => (
          <li key={each.id}>
            <CommitmentCard commitment={each} />
          </li>
        ))}
      </ul>
    </>
  );
}

function matches(commitment: Commitment, chosen: { party: string; chapter: string; words: string }): boolean {
  const words = chosen.words.toLocaleLowerCase("nl").split(/\s+/).filter((word) => word !== "");
  const text = `${commitment.title} ${commitment.solution ?? ""}`.toLocaleLowerCase("nl");
  return (
    (chosen.party === "" || commitment.ownerPartyId === chosen.party || commitment.partyIds.includes(chosen.party)) &&
    (chosen.chapter === "" || commitment.chapterId === chosen.chapter) &&
    words.every((word) => text.includes(word))
  );
}

function CommitmentCard({ commitment }: { commitment: Commitment }) {
  const say = useSay();
  const { t } = say;
  const { path, partyName } = usePlan();
  const lack = lackOf(commitment, say);
  return (
    <article className="card card--small">
      <div className="chapter__head">
        <h2 className="chapter__title">
          <TextLink to={path(`afspraken/${commitment.id}`)}>{commitment.title}</TextLink>
        </h2>
        <StageBadge stage={commitment.stage} />
      </div>
      <p>{commitment.ownerPartyId === null ? t("commitments.noOwner") : t("commitments.owner", { party: partyName(commitment.ownerPartyId) })}</p>
      <p className="meta">{lastChangeWords(commitment, say)}</p>
      {lack !== null && <p className="meta">{lack}</p>}
    </article>
  );
}
