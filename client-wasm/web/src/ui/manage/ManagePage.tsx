// The structure of the plan and the state of each chapter; what one may change depends on one's role.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useState } from "react";
import type { Chapter, ChapterState } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ErasuresWaiting } from "../erasures/Waiting.tsx";
import { ChapterBadge } from "../parts/Badge.tsx";
import { BackLink, TextLink } from "../parts/links.tsx";
import { Notice, useSuccess } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { namesItsSort } from "../people/roles.ts";
import { AddParty, AddTeam } from "./AddNamed.tsx";
import { AddChapter, RenameDialog, StateDialog, stateWords, TeamDialog } from "./dialogs.tsx";
import { nextState } from "./nextState.ts";

type Asked = { readonly kind: "state"; readonly chapter: Chapter; readonly to: ChapterState } | { readonly kind: "rename" | "team"; readonly chapter: Chapter };

export function ManagePage() {
  const { t } = useSay();
  const { plan, path, reload } = usePlan();
  const [asked, setAsked] = useState<Asked | null>(null);
  const { success, tell } = useSuccess();
  const nothing = !plan.mayStructure && plan.chapters.every((chapter) => chapter.mayChangeStateTo.length === 0);
  const changed = (sentence: string) => {
    setAsked(null);
    tell(sentence);
    reload();
  };
  return (
    <Page title={t("manage.title")} plan={plan.title} before={<BackLink to={path("meer")}>{t("more.title")}</BackLink>}>
      <p className="lead">{t("manage.intro")}</p>
      {nothing && <Notice kind="info">{t("manage.onlyRead")}</Notice>}
      {success}
      <ul className="cards">
        {plan.chapters.map((chapter) => (
          <li key={chapter.id}>
            <ManagedChapter chapter={chapter} onAsk={setAsked} />
          </li>
        ))}
      </ul>
      {plan.mayStructure && (
        <>
          <AddChapter onAdded={changed} />
          <AddTeam onAdded={changed} />
          <AddParty onAdded={changed} />
          <section className="card" aria-labelledby="gegevens-wissen">
            <Heading2 id="gegevens-wissen">{t("erasure.title")}</Heading2>
            <p>{t("erasure.help")}</p>
            <ErasuresWaiting />
            <TextLink to={path("beheer/gegevens-wissen")}>{t("erasure.toPage")}</TextLink>
          </section>
        </>
      )}
      {asked?.kind === "state" && <StateDialog chapter={asked.chapter} to={asked.to} onClose={() => setAsked(null)} onChanged={changed} />}
      {asked?.kind === "team" && <TeamDialog chapter={asked.chapter} onClose={() => setAsked(null)} onChanged={changed} />}
      {asked?.kind === "rename" && <RenameDialog chapter={asked.chapter} onClose={() => setAsked(null)} onChanged={changed} />}
    </Page>
  );
}

/** What comes next has the colour of the accent; what one may do besides is a button just as well, and quieter. */
function lookOf(isNext: boolean): { appearance: "secondary-action-button" } | { className: string } {
  return isNext ? { appearance: "secondary-action-button" } : { className: "calm" };
}

function ManagedChapter({ chapter, onAsk }: { chapter: Chapter; onAsk: (asked: Asked) => void }) {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  const team = plan.teams.find((each) => each.id === chapter.teamId);
  const above = chapterOf(chapter.parentId ?? undefined);
  const next = nextState(chapter);
  return (
    <article className="card card--small">
      <div className="chapter__head">
        <h2 className="chapter__title">
          <TextLink to={path(`hoofdstukken/${chapter.id}`)}>{chapter.title}</TextLink>
        </h2>
        <ChapterBadge state={chapter.state} />
      </div>
      {above !== undefined && (
        <p className="meta">
          {t("manage.addUnder")}: {above.title}
        </p>
      )}
      <p className="meta">{team === undefined ? t("manage.noTeam") : namesItsSort(team.name) ? team.name : t("manage.team", { team: team.name })}</p>
      <div className="row">
        {chapter.mayChangeStateTo.map((to) => (
          <Button key={to} {...lookOf(to === next)} aria-label={`${t(stateWords(chapter, to).action)}: ${chapter.title}`} onClick={() => onAsk({ kind: "state", chapter, to })}>
            {t(stateWords(chapter, to).action)}
          </Button>
        ))}
        {plan.mayStructure && (
          <Button
            {...lookOf(team === undefined)}
            aria-label={t("manage.chooseTeamLabel", { title: chapter.title })}
            onClick={() => onAsk({ kind: "team", chapter })}
          >
            {t("manage.chooseTeam")}
          </Button>
        )}
        {plan.mayStructure && (
          <Button {...lookOf(false)} aria-label={t("manage.renameLabel", { title: chapter.title })} onClick={() => onAsk({ kind: "rename", chapter })}>
            {t("manage.rename")}
          </Button>
        )}
      </div>
    </article>
  );
}
