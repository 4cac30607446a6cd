// Making and changing a commitment. Someone else's change in between is shown, and one's own words stay in the form.
import { Button } from "@utrecht/component-library-react";
import { useEffect, useId, useRef, useState } from "react";
import { useBlocker, useNavigate, useParams } from "react-router";
import { api, taggedValueOf, valueOf } from "../../api/client.ts";
import { useCommand } from "../parts/hooks.ts";
import type { ApiError } from "../../api/problem.ts";
import type { CommitmentChange, CommitmentField } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { Form } from "../parts/Form.tsx";
import { BackLink, ButtonLink } from "../parts/links.tsx";
import { Notice, Trouble } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { CommitmentFields } from "./CommitmentForm.tsx";
import { contentOf, type Draft, draftOf, EMPTY_DRAFT, type Fault, faultsIn, patchBetween } from "./draft.ts";
import { FieldChanges } from "./FieldChanges.tsx";
import { conflictKey, crossed, type Twice } from "./twice.ts";
import { LinkToChoice, TwiceProvider } from "./TwiceEdited.tsx";
import { type Known, readCommitment, useCommitment } from "./useCommitment.ts";

export function EditCommitmentPage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const { commitmentId = "" } = useParams();
  const known = useCommitment(commitmentId);
  return (
    <Page title={t("commitments.formTitle")} plan={plan.title} before={<BackLink to={path(`afspraken/${commitmentId}`)}>{t("app.back")}</BackLink>}>
      <Shown of={known}>
        {(value) => (value.commitment.value.mayEdit ? <Edit known={value} /> : <Notice kind="info">{t(value.commitment.value.mayRestore ? "commitments.readOnlyWhyRestores" : "commitments.readOnlyWhy")}</Notice>)}
      </Shown>
    </Page>
  );
}

function Edit({ known }: { known: Known }) {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const navigate = useNavigate();
  const id = known.commitment.value.id;
  const [base, setBase] = useState({ draft: draftOf(known.commitment.value), etag: known.commitment.etag, revision: known.commitment.value.revision });
  const [draft, setDraft] = useState(base.draft);
  const [meanwhile, setMeanwhile] = useState<readonly CommitmentChange[] | null>(null);
  const [twice, setTwice] = useState<readonly Twice[]>([]);
  const saved = useRef(false);
  /** Puts what others changed under one's own changes, and lists it. */
  const takeOverOthers = async () => {
    const now = await readCommitment(plan.id, id);
    const fresh = draftOf(now.commitment.value);
    setMeanwhile(now.changes.filter((change) => change.revision > base.revision));
    const both = crossed(base.draft, draft, fresh);
    setDraft(both.draft);
    setTwice(both.twice);
    setBase({ draft: fresh, etag: now.commitment.etag, revision: now.commitment.value.revision });
  };
  const save = useCommand(async (key: string, etag: string, patch: ReturnType<typeof patchBetween>) => {
    try {
      await taggedValueOf(
        api.PATCH("/plans/{planId}/commitments/{commitmentId}", {
          params: { path: { planId: plan.id, commitmentId: id }, header: { "Idempotency-Key": key, "If-Match": etag } },
          body: patch,
          headers: { "Content-Type": "application/merge-patch+json" },
        }),
      );
    } catch (thrown) {
      if ((thrown as ApiError).code === "revision-mismatch") await takeOverOthers();
      throw thrown;
    }
    saved.current = true;
    await navigate(path(`afspraken/${id}`), { state: { said: t("commitments.saved") } });
  });
  const choose = (field: CommitmentField, chosen: "mine" | "theirs") => {
    const found = twice.find((each) => each.field === field);
    if (found === undefined) return;
    setDraft((before) => ({ ...before, ...found[chosen] }));
    setTwice(twice.map((each) => (each.field === field ? { ...each, chosen } : each)));
  };
  const patch = patchBetween(base.draft, draft);
  const dirty = Object.keys(patch).length > 0;
  return (
    <TwiceProvider value={{ twice, choose }}>
      {meanwhile !== null && <Meanwhile key={base.revision} changes={meanwhile} twice={twice} />}
      <EditForm
        draft={draft}
        onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
        submit={t("commitments.save")}
        busy={save.busy}
        error={meanwhile !== null && save.error?.code === "revision-mismatch" ? null : save.error}
        nothing={dirty ? null : t("commitments.unsavedNone")}
        undecided={twice.filter(({ chosen }) => chosen === null).map(({ field }) => field)}
        onSubmit={() => void save.run(base.etag, patch)}
        cancel={path(`afspraken/${id}`)}
      />
      <AskBeforeLeaving when={() => dirty && !saved.current} />
    </TwiceProvider>
  );
}

function Meanwhile({ changes, twice }: { changes: readonly CommitmentChange[]; twice: readonly Twice[] }) {
  const { t, who, sentence, moment } = useSay();
  return (
    <Notice kind="warning" title={t("commitments.conflictTitle")} live arrives>
      <p>{t(conflictKey(twice))}</p>
      {twice.length > 0 && (
        <>
          <ul>
            {twice.map(({ field }) => (
              <li key={field}>
                <LinkToChoice field={field}>{sentence(t(`fieldIn.${field}`))}</LinkToChoice>
              </li>
            ))}
          </ul>
          <p>{t("commitments.conflictRest")}</p>
        </>
      )}
      {changes.map((change) => (
        <div key={change.revision}>
          <p>
            <b>{who(change.actor)}</b>, {moment(change.at)}
          </p>
          <FieldChanges fields={change.fields} />
        </div>
      ))}
    </Notice>
  );
}

export function NewCommitmentPage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  return (
    <Page title={t("commitments.formNew")} plan={plan.title} before={<BackLink to={path("afspraken")}>{t("commitments.backToList")}</BackLink>}>
      {plan.mayCreateCommitments ? <New /> : <Notice kind="info">{t("commitments.newNotAllowed")}</Notice>}
    </Page>
  );
}

function New() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const navigate = useNavigate();
  const own = plan.chapters.find((chapter) => chapter.mayWrite)?.id ?? "";
  const [draft, setDraft] = useState<Draft>({ ...EMPTY_DRAFT, chapterId: own });
  const saved = useRef(false);
  const create = useCommand(async (key: string, content: ReturnType<typeof contentOf>) => {
    const made = await valueOf(api.POST("/plans/{planId}/commitments", { params: { path: { planId: plan.id }, header: { "Idempotency-Key": key } }, body: content }));
    saved.current = true;
    await navigate(path(`afspraken/${made.id}`), { state: { said: t("commitments.created") } });
  });
  return (
    <>
      <EditForm
        draft={draft}
        onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
        submit={t("commitments.saveNew")}
        busy={create.busy}
        error={create.error}
        nothing={null}
        undecided={NONE}
        onSubmit={() => void create.run(contentOf(draft))}
        cancel={path("afspraken")}
      />
      <AskBeforeLeaving when={() => !saved.current && Object.keys(patchBetween({ ...EMPTY_DRAFT, chapterId: own }, draft)).length > 0} />
    </>
  );
}

interface FormProps {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
  readonly submit: string;
  readonly busy: boolean;
  readonly error: ApiError | null;
  /** What to say when there is nothing to save. */
  readonly nothing: string | null;
  /** Fields that two people changed and that still wait for a choice. */
  readonly undecided: readonly CommitmentField[];
  readonly onSubmit: () => void;
  readonly cancel: string;
}

const NONE: readonly CommitmentField[] = [];
const NO_FAULTS: ReadonlyMap<string, Fault> = new Map();

function EditForm({ draft, onChange, submit, busy, error, nothing, undecided, onSubmit, cancel }: FormProps) {
  const { t } = useSay();
  const [checked, setChecked] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const open = useId();
  const faults = checked ? faultsIn(draft) : NO_FAULTS;
  const submitIfReady = () => {
    setChecked(true);
    setSaid(null);
    if (faultsIn(draft).size > 0 || undecided.length > 0) return;
    if (nothing === null) onSubmit();
    else setSaid(nothing);
  };
  return (
    <Form onSubmit={submitIfReady}>
      <CommitmentFields draft={draft} faults={faults} onChange={onChange} />
      {said !== null && (
        <Notice kind="info" live>
          {said}
        </Notice>
      )}
      <Trouble error={error} />
      <Undecided fields={undecided} id={open} />
      <div className="row row--end">
        <Button type="submit" appearance="primary-action-button" disabled={busy} {...(undecided.length > 0 ? { "aria-describedby": open } : {})}>
          {submit}
        </Button>
        <ButtonLink to={cancel} look="subtle">
          {t("app.cancel")}
        </ButtonLink>
      </div>
    </Form>
  );
}

/** Beside the button: what still has to be chosen before anything is saved, and the way there. */
function Undecided({ fields, id }: { fields: readonly CommitmentField[]; id: string }) {
  const { t, sentence } = useSay();
  if (fields.length === 0) return null;
  return (
    <div id={id}>
      <Notice kind="warning" title={t("commitments.twiceFirst")} live>
        <ul>
          {fields.map((field) => (
            <li key={field}>
              <LinkToChoice field={field}>{t("commitments.twiceChoose", { field: sentence(t(`fieldIn.${field}`)) })}</LinkToChoice>
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}

/** Asks before words in a form are lost, inside the application and when the tab closes. */
function AskBeforeLeaving({ when }: { when: () => boolean }) {
  const { t } = useSay();
  const blocker = useBlocker(() => when());
  const latest = useRef(when);
  useEffect(() => {
    latest.current = when;
  });
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (latest.current()) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
  if (blocker.state !== "blocked") return null;
  return (
    <Dialog title={t("commitments.leaveTitle")} onClose={() => blocker.reset()}>
      <p>{t("commitments.leave")}</p>
      <div className="row">
        <Button appearance="primary-action-button" onClick={() => blocker.reset()}>
          {t("commitments.leaveStay")}
        </Button>
        <Button appearance="secondary-action-button" onClick={() => blocker.proceed()}>
          {t("commitments.leaveGo")}
        </Button>
      </div>
    </Dialog>
  );
}
