// The history of the plan: everything that happened, by person, party, subject and time, and as a file.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useCallback, useMemo, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useCommand, useLoaded } from "../parts/hooks.ts";
import type { EventSubjectKind, Person, PlanEvent, PlanEventPage } from "../../api/types.ts";
import { nextLocalDate, startOfLocalDate } from "../../i18n/dates.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useSession } from "../app/session.tsx";
import { DateField, SelectField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { BackLink } from "../parts/links.tsx";
import { useVoice } from "../parts/live.tsx";
import { Notice, Trouble } from "../parts/Notice.tsx";
import { Page, useJumpToHash } from "../parts/Page.tsx";
import { save } from "../parts/save.ts";
import { Shown } from "../parts/Shown.tsx";
import { csvOf } from "./csv.ts";
import { EventList } from "./EventList.tsx";
import { ExportAll } from "./ExportAll.tsx";

/** What one chose to see, as it stands in the address. */
interface Chosen {
  readonly wie: string;
  readonly organisatie: string;
  readonly over: string;
  readonly vanaf: string;
  readonly tot: string;
}

const NAMES = ["wie", "organisatie", "over", "vanaf", "tot"] as const;
const SUBJECTS: readonly EventSubjectKind[] = ["text", "commitment", "chapter", "rights", "plan", "erasure"];

/** Where the results begin: one who chose sees them, and a screen reader goes on there. */
const RESULTS = "resultaten";

export function EventsPage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const { party } = useSession();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const chosen = useMemo(() => Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ""])) as unknown as Chosen, [search]);
  const choose = (next: Chosen) => {
    const named = Object.entries(next).filter(([, value]) => value !== "");
    void navigate({ search: new URLSearchParams(Object.fromEntries(named)).toString(), hash: RESULTS });
  };
  return (
    <Page title={t("events.title")} plan={plan.title} before={<BackLink to={path("meer")}>{t("more.title")}</BackLink>}>
      <p className="lead">{t(`events.intro.${plan.readsEvents}`, { party: party.name })}</p>
      {plan.readsEvents !== "none" && (
        <>
          <Filters key={search.toString()} chosen={chosen} onChoose={choose} />
          <Heading2 id={RESULTS} tabIndex={-1}>
            {t("events.results")}
          </Heading2>
          <Events key={`list ${search.toString()}`} chosen={chosen} />
        </>
      )}
    </Page>
  );
}

function Filters({ chosen, onChoose }: { chosen: Chosen; onChoose: (chosen: Chosen) => void }) {
  const { t, person, sentence } = useSay();
  const { plan } = usePlan();
  const [draft, setDraft] = useState(chosen);
  const [checked, setChecked] = useState(true);
  const put = (change: Partial<Chosen>) => {
    // Who is still filling in the one date is not told yet that it does not fit the other.
    setChecked(false);
    setDraft((before) => ({ ...before, ...change }));
  };
  // Without a name it is the party that tells one from another.
  const nameOf = (each: Person) => (each.name === "" ? sentence(t("app.personOfParty", { person: person(each), party: each.party.name })) : each.name);
  const people = [...new Map(plan.people.map((each) => [each.id, nameOf(each)]))].map(([value, label]) => ({ value, label }));
  const submit = () => {
    setChecked(true);
    if (!isReversed(draft)) onChoose(draft);
  };
  const any = NAMES.some((name) => chosen[name] !== "");
  return (
    <details className="card filters-fold" open={any}>
      <summary>{t("events.filters")}</summary>
      <Form className="filters" onSubmit={submit} role="search">
        <SelectField label={t("events.person")} value={draft.wie} onChange={(wie) => put({ wie })} choices={[{ value: "", label: t("events.everyone") }, ...people]} />
        <SelectField
          label={t("events.party")}
          value={draft.organisatie}
          onChange={(organisatie) => put({ organisatie })}
          choices={[{ value: "", label: t("events.everyParty") }, ...plan.parties.map((each) => ({ value: each.id, label: each.name }))]}
        />
        <SelectField
          label={t("events.subject")}
          value={draft.over}
          onChange={(over) => put({ over })}
          choices={[{ value: "", label: t("events.everything") }, ...SUBJECTS.map((value) => ({ value, label: t(subjectKey(value)) }))]}
        />
        <DateField label={t("events.from")} value={draft.vanaf} onChange={(vanaf) => put({ vanaf })} />
        <DateField
          label={t("events.until")}
          value={draft.tot}
          onChange={(tot) => put({ tot })}
          error={checked && isReversed(draft) ? t("events.reversed") : undefined}
        />
        <div className="row">
          <Button type="submit" appearance="primary-action-button">
            {t("events.apply")}
          </Button>
          {any && (
            <Button type="button" appearance="subtle-button" onClick={() => onChoose({ wie: "", organisatie: "", over: "", vanaf: "", tot: "" })}>
              {t("events.clear")}
            </Button>
          )}
        </div>
      </Form>
    </details>
  );
}

function subjectKey(kind: EventSubjectKind) {
  const keys = {
    plan: "events.subjectPlan",
    chapter: "events.subjectChapter",
    text: "events.subjectText",
    commitment: "events.subjectCommitment",
    rights: "events.subjectRights",
    erasure: "events.subjectErasure",
  } as const;
  return keys[kind];
}

function queryOf(chosen: Chosen) {
  const subject = SUBJECTS.find((each) => each === chosen.over);
  return {
    ...(chosen.wie === "" ? {} : { personId: chosen.wie }),
    ...(chosen.organisatie === "" ? {} : { partyId: chosen.organisatie }),
    ...(subject === undefined ? {} : { subject }),
    ...(isDate(chosen.vanaf) ? { from: startOfLocalDate(chosen.vanaf) } : {}),
    ...(isDate(chosen.tot) ? { until: startOfLocalDate(nextLocalDate(chosen.tot)) } : {}),
  };
}

/** Whether the period ends before it begins. */
function isReversed({ vanaf, tot }: Chosen): boolean {
  return isDate(vanaf) && isDate(tot) && tot < vanaf;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

type LoadPage = (before: number | undefined, signal?: AbortSignal) => Promise<PlanEventPage>;

function Events({ chosen }: { chosen: Chosen }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const page = useCallback<LoadPage>(
    (before, signal) =>
      valueOf(
        api.GET("/plans/{planId}/events", {
          params: { path: { planId: plan.id }, query: { ...queryOf(chosen), ...(before === undefined ? {} : { before }) } },
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    [plan.id, chosen],
  );
  const first = useLoaded(useCallback((signal: AbortSignal) => page(undefined, signal), [page]));
  const [older, setOlder] = useState<{ items: PlanEvent[]; next: number | null } | null>(null);
  const more = useCommand(async (_key: string, before: number) => {
    const next = await page(before);
    setOlder((known) => ({ items: [...(known?.items ?? []), ...next.items], next: next.next }));
  });
  return (
    <Shown of={first}>
      {(value) => {
        const items = [...value.items, ...(older?.items ?? [])];
        const next = older === null ? value.next : older.next;
        return (
          <>
            <Found events={items} />
            <Trouble error={more.error} />
            <div className="row">
              {next !== null && (
                <Button appearance="secondary-action-button" disabled={more.busy} onClick={() => void more.run(next)}>
                  {t("events.older")}
                </Button>
              )}
            </div>
            <Export chosen={chosen} page={page} />
          </>
        );
      }}
    </Shown>
  );
}

/** What was found. Only once it is there the page is long enough to bring its heading into sight. */
function Found({ events }: { events: readonly PlanEvent[] }) {
  const { t } = useSay();
  useJumpToHash();
  return events.length === 0 ? <Notice kind="info">{t("events.none")}</Notice> : <EventList events={events} />;
}

/** So many pages of events go into one file; a longer history is taken out by period. */
const EXPORT_PAGES_MAX = 200;

function Export({ chosen, page }: { chosen: Chosen; page: LoadPage }) {
  const words = useSay();
  const { t } = words;
  const { plan } = usePlan();
  const say = useVoice();
  const [tooMany, setTooMany] = useState(false);
  const table = useCommand(async () => {
    say(t("events.exportBusy"));
    const events: PlanEvent[] = [];
    let before: number | null | undefined;
    for (let pages = 0; before !== null && pages < EXPORT_PAGES_MAX; pages += 1) {
      const next: Awaited<ReturnType<LoadPage>> = await page(before);
      events.push(...next.items);
      before = next.next;
    }
    setTooMany(before !== null);
    if (before === null) save(new Blob([csvOf(events, words)], { type: "text/csv;charset=utf-8" }), `${plan.title}.csv`);
  });
  return (
    <div className="card">
      <p className="meta">{t("events.exportHelp")}</p>
      <div className="row">
        <Button appearance="secondary-action-button" disabled={table.busy} onClick={() => void table.run()}>
          {t("events.export")}
        </Button>
        <ExportAll query={queryOf(chosen)} appearance="subtle-button" />
      </div>
      {tooMany && (
        <Notice kind="warning" live>
          {t("events.exportTooMany")}
        </Notice>
      )}
      <Trouble error={table.error} />
    </div>
  );
}
