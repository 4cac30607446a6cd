// One commitment as a card, with "wie wijzigde wat" one tap away and on the same page.
import { Heading2 } from "@utrecht/component-library-react";
import { useLocation, useParams } from "react-router";
import type { Commitment, CommitmentField } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { StageBadge } from "../parts/Badge.tsx";
import { BackLink, ButtonLink, TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { ChangeLog } from "./ChangeLog.tsx";
import { lastChangeWords } from "./changeWords.ts";
import { type Known, useCommitment, useNames } from "./useCommitment.ts";
import { lackOfResult, linesOf, toBeDone } from "./values.ts";

export function CommitmentPage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const { commitmentId = "" } = useParams();
  const known = useCommitment(commitmentId);
  const title = known.state === "ready" ? known.value.commitment.value.title : t("commitments.title");
  return (
    <Page
      title={title}
      plan={plan.title}
      before={<BackLink to={path("afspraken")}>{t("commitments.backToList")}</BackLink>}
      actions={
        known.state === "ready" &&
        known.value.commitment.value.mayEdit && (
          <ButtonLink to={path(`afspraken/${commitmentId}/wijzigen`)} look="primary-action">
            {t("commitments.edit")}
          </ButtonLink>
        )
      }
    >
      <Shown of={known}>{(value, reload) => <Card known={value} reload={reload} />}</Shown>
    </Page>
  );
}

const SECTIONS = [
  { title: "commitments.sectionWhat", fields: ["solution"] },
  { title: "commitments.sectionWho", fields: ["ownerPartyId", "partyIds", "measuredBy"] },
  { title: "commitments.sectionMeasure", fields: ["results", "progress"] },
  { title: "commitments.sectionWhen", fields: ["termStart", "termEnd", "scaleAgreed", "scaleCarriedOut"] },
  { title: "commitments.sectionWhy", fields: ["challengeIds", "strandIds", "chapterId"] },
  { title: "commitments.sectionNeeds", fields: ["preconditions", "money"] },
] as const satisfies readonly { title: string; fields: readonly CommitmentField[] }[];

function Card({ known, reload }: { known: Known; reload: () => void }) {
  const say = useSay();
  const { t } = say;
  const { path } = usePlan();
  const said = useLocation().state as { said?: string } | null;
  const commitment = known.commitment.value;
  return (
    <>
      {said?.said !== undefined && (
        <Notice kind="ok" live arrives>
          {said.said}
        </Notice>
      )}
      <div className="card who-changed">
        <StageBadge stage={commitment.stage} />
        <p>{lastChangeWords(commitment, say)}</p>
        <ButtonLink to={`${path(`afspraken/${commitment.id}`)}#wie-wijzigde-wat`}>
          {t("commitments.whoChangedCount", { count: known.changes.length })}
        </ButtonLink>
      </div>
      <div className="card facts">
        {SECTIONS.map((section) => (
          <Section key={section.title} title={t(section.title)} fields={section.fields} commitment={commitment} />
        ))}
        {!commitment.mayEdit && <p className="meta">{t(commitment.mayRestore ? "commitments.readOnlyWhyRestores" : "commitments.readOnlyWhy")}</p>}
      </div>
      <ChangeLog known={known} onNewer={reload} />
      <p>
        <TextLink to={path("afspraken")}>{t("commitments.backToList")}</TextLink>
      </p>
    </>
  );
}

/** A few fields under a heading; nothing when there is nothing to say. */
function Section({ title, fields, commitment }: { title: string; fields: readonly CommitmentField[]; commitment: Commitment }) {
  const say = useSay();
  const names = useNames();
  const shown = fields
    .map((field) => ({ field, lines: linesOf(field, commitment[field], names, say) }))
    .filter(({ field, lines }) => lines.length > 0 || commitment.missing.includes(field));
  if (shown.length === 0) return null;
  return (
    <section>
      <Heading2>{title}</Heading2>
      <dl>
        {shown.map(({ field, lines }) => (
          <Fact key={field} commitment={commitment} field={field} lines={lines} />
        ))}
      </dl>
    </section>
  );
}

/** A field as it reads; one that the list counts as still to be worked out says so, also when something stands in it. */
function Fact({ commitment, field, lines }: { commitment: Commitment; field: CommitmentField; lines: readonly string[] }) {
  const say = useSay();
  const { path } = usePlan();
  return (
    <div className="fact">
      <dt>{say.t(`field.${field}`)}</dt>
      {lines.map((line, index) => (
        <dd key={index}>
          {field === "chapterId" && commitment.chapterId !== null ? <TextLink to={path(`hoofdstukken/${commitment.chapterId}`)}>{line}</TextLink> : line}
          {field === "results" && lackOfResult(commitment, index, say)}
        </dd>
      ))}
      {commitment.missing.includes(field) && <dd className="fact__missing">{toBeDone(commitment.openBefore, say)}</dd>}
    </div>
  );
}
