// The plan's table of contents: every chapter with its state, who writes it and who edited it last.
import { Heading2 } from "@utrecht/component-library-react";
import type { Chapter, PresentPerson } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { useOnline } from "../app/offline.ts";
import { usePlan } from "../app/plan.tsx";
import { lastEditedOf } from "../history/entry.ts";
import { ChapterBadge } from "../parts/Badge.tsx";
import { ButtonLink, TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { useWhyNotYet } from "./NotPutBefore.tsx";
import { notYetTogether, type PlacedChapter, treeOf } from "./reading.ts";
import { useOnDevice } from "./useOnDevice.ts";
import { type Presences, usePresence } from "./usePresence.ts";

export function PlanPage() {
  const { t } = useSay();
  const { plan } = usePlan();
  const tree = treeOf(plan.chapters);
  const onDevice = useOnDevice(plan.id);
  const presences = usePresence(plan.id);
  const together = notYetTogether(plan.chapters);
  return (
    <Page title={plan.title} plan={t("plan.title")}>
      <p className="lead">
        {plan.region !== "" && `${t("plan.region", { region: plan.region })} · `}
        {t("plan.stats", { count: plan.chapters.length })}
      </p>
      <Heading2 className="only-heard">{t("plan.chapters")}</Heading2>
      {together.length > 0 && (
        <Notice kind="info">
          {together.map((state) => (
            <p key={state}>{t(`plan.notYetTogether.${state}`)}</p>
          ))}
        </Notice>
      )}
      {tree.length === 0 ? <Notice kind="info">{t("plan.empty")}</Notice> : <ChapterList placed={tree} together={together} onDevice={onDevice} presences={presences} />}
    </Page>
  );
}

/** Without a connection: of which chapters there is a text here; null when that does not matter. */
type OnDevice = ReadonlySet<string> | null;

interface ChapterListProps {
  readonly placed: readonly PlacedChapter[];
  /** Of which chapters it is said above the list why one may not read them yet. */
  readonly together: readonly Chapter["state"][];
  readonly onDevice: OnDevice;
  readonly presences: Presences;
}

function ChapterList({ placed, together, onDevice, presences }: ChapterListProps) {
  return (
    <ul className="chapters">
      {placed.map(({ chapter, depth, children }) => (
        <li key={chapter.id}>
          <ChapterCard chapter={chapter} depth={depth} isSaidAbove={together.includes(chapter.state)} isHere={onDevice?.has(chapter.id) ?? true} people={presences.get(chapter.id) ?? []} />
          {children.length > 0 && <ChapterList placed={children} together={together} onDevice={onDevice} presences={presences} />}
        </li>
      ))}
    </ul>
  );
}

interface ChapterCardProps {
  readonly chapter: Chapter;
  readonly depth: number;
  /** Why one may not read it yet stands above the list. */
  readonly isSaidAbove: boolean;
  readonly isHere: boolean;
  /** Who has it open now. */
  readonly people: readonly PresentPerson[];
}

function ChapterCard({ chapter, depth, isSaidAbove, isHere, people }: ChapterCardProps) {
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
      {!chapter.mayRead && !isSaidAbove && <p className="meta">{whyNotYet(chapter)}</p>}
      {chapter.lastEdited !== null && <p className="meta">{lastEditedOf(chapter.lastEdited, say)}</p>}
      {chapter.lastEdited === null && chapter.mayRead && <p className="meta">{t("plan.neverEdited")}</p>}
      <TeamLine chapter={chapter} />
      <PresenceLine people={people} />
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

/** So many names are a line; of more it is said how many there are. */
const NAMED_MAX = 5;

function PresenceLine({ people }: { people: readonly PresentPerson[] }) {
  const { t, list } = useSay();
  if (people.length === 0) return null;
  const names = people.map(({ person, party, program }) => {
    const who = t("app.personOfParty", { person: person.name, party: party.name });
    return program === null ? who : t("write.viaProgram", { who, program });
  });
  const more = names.length - NAMED_MAX;
  const who = more > 0 ? [...names.slice(0, NAMED_MAX), t("plan.presentMore", { count: more })] : names;
  return <p className="meta">{t("plan.present", { who: list(who) })}</p>;
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
