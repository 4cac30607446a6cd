// The plan's table of contents: every chapter with its state, who writes it and who edited it last.
import { Heading2 } from "@utrecht/component-library-react";
import type { Chapter } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { useOnline } from "../app/offline.ts";
import { usePlan } from "../app/plan.tsx";
import { lastEditedOf } from "../history/entry.ts";
import { ChapterBadge } from "../parts/Badge.tsx";
import { ButtonLink, TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { useWhyNotYet } from "./NotPutBefore.tsx";
import { type PlacedChapter, treeOf } from "./reading.ts";
import { useOnDevice } from "./useOnDevice.ts";

export function PlanPage() {
  const { t } = useSay();
  const { plan } = usePlan();
  const tree = treeOf(plan.chapters);
  const onDevice = useOnDevice(plan.id);
  return (
    <Page title={plan.title} plan={t("plan.title")}>
      <p className="lead">
        {plan.region !== "" && `${t("plan.region", { region: plan.region })} · `}
        {t("plan.stats", { count: plan.chapters.length })}
      </p>
      <Heading2 className="only-heard">{t("plan.chapters")}</Heading2>
      {tree.length === 0 ? <Notice kind="info">{t("plan.empty")}</Notice> : <ChapterList placed={tree} onDevice={onDevice} />}
    </Page>
  );
}

/** Without a connection: of which chapters there is a text here; null when that does not matter. */
type OnDevice = ReadonlySet<string> | null;

function ChapterList({ placed, onDevice }: { placed: readonly PlacedChapter[]; onDevice: OnDevice }) {
  return (
    <ul className="chapters">
      {placed.map(({ chapter, depth, children }) => (
        <li key={chapter.id}>
          <ChapterCard chapter={chapter} depth={depth} isHere={onDevice?.has(chapter.id) ?? true} />
          {children.length > 0 && <ChapterList placed={children} onDevice={onDevice} />}
        </li>
      ))}
    </ul>
  );
}

function ChapterCard({ chapter, depth, isHere }: { chapter: Chapter; depth: number; isHere: boolean }) {
  const say = useSay();
  const { t } = say;
  const { path } = usePlan();
  // The history is at the server alone.
  const online = useOnline();
  const whyNotYet = useWhyNotYet();
  const own = `hoofdstukken/${chapter.id}`;
  return (
    <article className={depth === 0 ? "card chapter" : "card card--small chapter"}>
      <div className="chapter__head">
        <h3 className="chapter__title">{chapter.mayRead ? <TextLink to={path(own)}>{chapter.title}</TextLink> : chapter.title}</h3>
        <div className="row">
          {chapter.mayRead && !isHere && <span className="badge">{t("plan.notHere")}</span>}
          <ChapterBadge state={chapter.state} />
        </div>
      </div>
      {!chapter.mayRead && <p className="meta">{whyNotYet(chapter)}</p>}
      {chapter.lastEdited !== null && <p className="meta">{lastEditedOf(chapter.lastEdited, say)}</p>}
      {chapter.lastEdited === null && chapter.mayRead && <p className="meta">{t("plan.neverEdited")}</p>}
      <TeamLine chapter={chapter} />
      <div className="row row--links">
        {chapter.mayWrite && (
          <ButtonLink to={path(`${own}/schrijven`)} look="primary-action" aria-label={`${t("plan.write")}: ${chapter.title}`}>
            {t("plan.write")}
          </ButtonLink>
        )}
        {chapter.mayRead && (
          <TextLink to={path(own)} aria-label={`${t("plan.read")}: ${chapter.title}`}>
            {t("plan.read")}
          </TextLink>
        )}
        {chapter.mayReadHistory && online && (
          <TextLink to={path(`${own}/geschiedenis`)} aria-label={`${t("plan.history")}: ${chapter.title}`}>
            {t("plan.history")}
          </TextLink>
        )}
      </div>
    </article>
  );
}

/** Who writes a chapter, the trekker first. */
export function TeamLine({ chapter }: { chapter: Chapter }) {
  const { t, list } = useSay();
  if (chapter.team.length === 0) return null;
  const ordered = [...chapter.team].sort((a, b) => Number(b.role === "lead") - Number(a.role === "lead"));
  const names = ordered.map(({ person, party, role }) => {
    const name = t("app.personOfParty", { person: person.name, party: party.name });
    return role === "lead" ? `${name}, ${t("role.lead").toLowerCase()}` : name;
  });
  return (
    <p className="meta">
      {t("plan.team")}: {list(names)}
    </p>
  );
}
