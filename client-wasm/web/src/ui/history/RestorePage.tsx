// Bringing earlier text back: choose what, see what it changes, say why, confirm.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { type FormEvent, useCallback, useRef, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useCommand, useLoaded } from "../parts/hooks.ts";
import type { Chapter, RestorePreview } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { RadioField, TextField } from "../parts/fields.tsx";
import { BackLink, ButtonLink } from "../parts/links.tsx";
import { Notice, Trouble } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { isChanged } from "./difference.ts";
import { DifferenceView } from "./DifferenceView.tsx";

export function RestorePage() {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  const { chapterId, position } = useParams();
  const chapter = chapterOf(chapterId);
  const to = Number(position);
  if (chapter === undefined || !Number.isSafeInteger(to)) return <NotFoundPage />;
  return (
    <Page
      title={t("restore.title", { title: chapter.title })}
      plan={plan.title}
      before={<BackLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("history.backToList")}</BackLink>}
    >
      {chapter.mayRestore ? <Restore key={`${chapter.id}/${to}`} chapter={chapter} to={to} /> : <Notice kind="info">{t("restore.notAllowed")}</Notice>}
    </Page>
  );
}

const WHOLE = "whole";
/** In the address: the title of the section that is offered first. */
const SECTION = "paragraaf";

function Restore({ chapter, to }: { chapter: Chapter; to: number }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [chosen, setChosen] = useState<string | null>(null);
  const [search] = useSearchParams();
  const params = { path: { planId: plan.id, chapterId: chapter.id } };
  const sections = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/sections", { params: { path: { planId: plan.id, chapterId: chapter.id }, query: { at: to } }, signal })),
      [plan.id, chapter.id, to],
    ),
  );
  const offered = sections.state === "ready" ? sections.value.items.find(({ title }) => title === search.get(SECTION)) : undefined;
  const what = chosen ?? (offered === undefined ? WHOLE : String(offered.index));
  const section = what === WHOLE ? undefined : Number(what);
  const previewNow = useCallback(
    (signal?: AbortSignal) =>
        valueOf(
          api.GET("/plans/{planId}/chapters/{chapterId}/restore-preview", {
            params: {
              path: { planId: plan.id, chapterId: chapter.id },
              query: { toPosition: to, ...(section === undefined ? {} : { section }) },
            },
            ...(signal === undefined ? {} : { signal }),
          }),
        ),
    [plan.id, chapter.id, to, section],
  );
  const preview = useLoaded(previewNow);
  const [isStale, setStale] = useState(false);
  // A try whose answer was lost may have changed the text itself: it is not compared again.
  const tried = useRef<string>(undefined);
  const [undoPosition, setUndoPosition] = useState<number | null>(null);
  const restore = useCommand(async (key: string, reason: string) => {
    if (tried.current !== key && preview.state === "ready" && !isSame(await previewNow(), preview.value)) {
      setStale(true);
      preview.reload();
      return;
    }
    tried.current = key;
    setStale(false);
    const done = await valueOf(
      api.POST("/plans/{planId}/chapters/{chapterId}/restores", {
        params: { ...params, header: { "Idempotency-Key": key } },
        body: { toPosition: to, reason, ...(section === undefined ? {} : { section }) },
      }),
    );
    setUndoPosition(done.beforePosition);
  });
  if (undoPosition !== null && preview.state === "ready") return <Done chapter={chapter} preview={preview.value} undoPosition={undoPosition} />;
  return (
    <>
      <Shown of={sections}>
        {({ items }) =>
          items.length === 0 ? null : (
            <div className="card">
              <RadioField
                legend={t("restore.what")}
                value={what}
                onChange={setChosen}
                choices={[
                  { value: WHOLE, label: t("restore.whole") },
                  ...items.map((each) => ({ value: String(each.index), label: t("restore.section", { title: each.title }) })),
                ]}
              />
            </div>
          )
        }
      </Shown>
      <Shown of={preview}>
        {(value) => <Preview chapter={chapter} preview={value} busy={restore.busy} onRestore={(reason) => void restore.run(reason)} />}
      </Shown>
      {isStale && (
        <Notice kind="warning" title={t("restore.staleTitle")} live>
          {t("restore.stale")}
        </Notice>
      )}
      <Trouble error={restore.error} />
    </>
  );
}

/** Whether two previews change the same: else somebody wrote there between looking and confirming. */
function isSame(one: RestorePreview, other: RestorePreview): boolean {
  return changesOf(one) === changesOf(other);
}

/** The words that change, and not who wrote them. */
function changesOf({ placement, difference }: RestorePreview): string {
  const changed = difference.blocks.filter(isChanged);
  return JSON.stringify([
    placement,
    changed.map(({ change, runs, structure }) => [change, runs.map((run) => [run.change, run.text]), structure.map(({ what }) => what)]),
  ]);
}

interface PreviewProps {
  readonly chapter: Chapter;
  readonly preview: RestorePreview;
  readonly busy: boolean;
  readonly onRestore: (reason: string) => void;
}

function Preview({ chapter, preview, busy, onRestore }: PreviewProps) {
  const { t, moment } = useSay();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const [asking, setAsking] = useState(false);
  const when = moment(preview.recordedAt);
  if (preview.placement === "noChange" || !preview.difference.blocks.some(isChanged)) return <Notice kind="info">{t("restore.previewNoChange")}</Notice>;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setError(reason.trim() === "" ? t("restore.reasonMissing") : undefined);
    setAsking(reason.trim() !== "");
  };
  return (
    <>
      <Paragraph>{t("restore.intro", { when })}</Paragraph>
      <section className="card" aria-labelledby="voorbeeld">
        <h2 id="voorbeeld" className="utrecht-heading-2">
          {t("restore.preview")}
        </h2>
        <p className="meta">{t(preview.placement === "comesBack" ? "restore.previewComesBack" : "restore.previewReplaces")}</p>
        <DifferenceView difference={preview.difference} preview />
      </section>
      <form className="card form" onSubmit={submit} noValidate>
        <TextField label={t("restore.reason")} help={t("restore.reasonHelp")} value={reason} onChange={setReason} error={error} required maxLength={300} />
        <Button type="submit" appearance="primary-action-button" disabled={busy}>
          {t("restore.submit")}
        </Button>
      </form>
      {asking && (
        <Dialog title={t("restore.confirmTitle")} onClose={() => setAsking(false)}>
          <Paragraph>
            {preview.section === null
              ? t("restore.confirmWhole", { title: chapter.title, when })
              : t("restore.confirmSection", { section: preview.section.title, when })}
          </Paragraph>
          <div className="row">
            <Button
              appearance="primary-action-button"
              onClick={() => {
                setAsking(false);
                onRestore(reason.trim());
              }}
            >
              {t("restore.confirmYes")}
            </Button>
            <Button appearance="secondary-action-button" onClick={() => setAsking(false)}>
              {t("app.cancel")}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Done({ chapter, preview, undoPosition }: { chapter: Chapter; preview: RestorePreview; undoPosition: number }) {
  const { t, moment } = useSay();
  const { path } = usePlan();
  const own = `hoofdstukken/${chapter.id}`;
  const again = preview.section === null ? "" : `?${new URLSearchParams({ [SECTION]: preview.section.title }).toString()}`;
  return (
    <>
      <Notice kind="ok" title={t("restore.doneTitle")} live>
        {preview.section === null
          ? t("restore.done", { when: moment(preview.recordedAt) })
          : t("restore.doneSection", { section: preview.section.title, when: moment(preview.recordedAt) })}
      </Notice>
      <div className="row">
        <ButtonLink to={path(own)} look="primary-action">
          {t("restore.toText")}
        </ButtonLink>
        <ButtonLink to={path(`${own}/terugzetten/${undoPosition}${again}`)}>{t("restore.undo")}</ButtonLink>
      </div>
    </>
  );
}
