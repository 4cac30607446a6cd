// Bringing earlier text back: choose what, see what it changes, say why, confirm.
//
// Nobody has to stop writing for it. The preview follows the text, and what others do after the preview that one
// confirmed stays: so a restore changes nothing that nobody looked at. Undoing a restore leaves nothing to choose: it
// takes back what that one changed.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { useCallback, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useCommand, useFollowed, useLoaded } from "../parts/hooks.ts";
import type { Chapter, RestorePreview } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { NotFoundPage } from "../app/NotFoundPage.tsx";
import { usePlan } from "../app/plan.tsx";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { RadioField, TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { BackLink } from "../parts/links.tsx";
import { Notice, Trouble } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { positionIn } from "../plan/reading.ts";
import { isForTeamAlone, saidOfPast } from "./beforeOffer.ts";
import { isChanged } from "./difference.ts";
import { DifferenceView } from "./DifferenceView.tsx";
import { RestoreDone, type Restored, SEEN } from "./RestoreDone.tsx";
import { depthOf, wordsOfSection } from "./sections.ts";
import { RESTORE_WORDS, restoreKind } from "./restoreWords.ts";

export function RestorePage() {
  const { t } = useSay();
  const { plan, path, chapter: chapterOf } = usePlan();
  const { chapterId, position } = useParams();
  const chapter = chapterOf(chapterId);
  const to = Number(position);
  const undoes = useSearchParams()[0].has(SEEN);
  if (chapter === undefined || !Number.isSafeInteger(to)) return <NotFoundPage />;
  return (
    <Page
      title={t(RESTORE_WORDS[restoreKind(undoes, null)].title, { title: chapter.title })}
      plan={plan.title}
      before={<BackLink to={path(`hoofdstukken/${chapter.id}/geschiedenis`)}>{t("history.backToList")}</BackLink>}
    >
      {chapter.mayRestore ? <Restore key={`${chapter.id}/${to}`} chapter={chapter} to={to} /> : <Notice kind="info">{t("restore.notAllowed")}</Notice>}
    </Page>
  );
}

/** Between an answer and the next question whether the text went on. */
const LOOK_AGAIN_MS = 3_000;

const WHOLE = "whole";

function Restore({ chapter, to }: { chapter: Chapter; to: number }) {
  const { plan } = usePlan();
  const [what, setWhat] = useState(WHOLE);
  const [search] = useSearchParams();
  const params = { path: { planId: plan.id, chapterId: chapter.id } };
  const seenBefore = positionIn(search.get(SEEN));
  const section = what === WHOLE ? undefined : Number(what);
  const [done, setDone] = useState<Restored | null>(null);
  const previewNow = useCallback(
    (signal: AbortSignal) =>
      valueOf(
        api.GET("/plans/{planId}/chapters/{chapterId}/restore-preview", {
          params: {
            path: { planId: plan.id, chapterId: chapter.id },
            query: { toPosition: to, ...(section === undefined ? {} : { section }), ...(seenBefore === undefined ? {} : { seenPosition: seenBefore }) },
          },
          signal,
        }),
      ),
    [plan.id, chapter.id, to, section, seenBefore],
  );
  const preview = useFollowed(previewNow, () => (done === null ? LOOK_AGAIN_MS : null));
  const movedOn = useMovedOn(preview.state === "ready" ? preview.value : null, previewNow);
  const restore = useCommand(async (key: string, reason: string, seen: RestorePreview) => {
    const seenPosition = seenBefore ?? seen.difference.from;
    const made = await valueOf(
      api.POST("/plans/{planId}/chapters/{chapterId}/restores", {
        params: { ...params, header: { "Idempotency-Key": key } },
        body: { toPosition: to, seenPosition, reason, ...(section === undefined ? {} : { section }) },
      }),
    );
    setDone({ preview: seen, made, undoes: seenBefore !== undefined });
  });
  if (done !== null) return <RestoreDone chapter={chapter} done={done} />;
  return (
    <>
      {seenBefore === undefined && <Choice chapter={chapter} to={to} what={what} onChange={setWhat} />}
      <Shown of={saidOfPast(preview, chapter)}>
        {(value) => (
          <Preview
            chapter={chapter}
            preview={value}
            undoes={seenBefore !== undefined}
            movedOn={movedOn}
            busy={restore.busy}
            onRestore={(reason, seen) => void restore.run(reason, seen)}
          />
        )}
      </Shown>
      <Trouble error={restore.error} />
    </>
  );
}

interface ChoiceProps {
  readonly chapter: Chapter;
  readonly to: number;
  /** The index of a section, or all. */
  readonly what: string;
  readonly onChange: (what: string) => void;
}

/** How much comes back: all of the chapter, or one of the sections that it had. */
function Choice({ chapter, to, what, onChange }: ChoiceProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const sections = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        valueOf(api.GET("/plans/{planId}/chapters/{chapterId}/sections", { params: { path: { planId: plan.id, chapterId: chapter.id }, query: { at: to } }, signal })),
      [plan.id, chapter.id, to],
    ),
  );
  // The preview says why.
  if (isForTeamAlone(sections)) return null;
  return (
    <Shown of={sections}>
      {({ items }) =>
        items.length === 0 ? null : (
          <div className="card">
            <RadioField
              legend={t("restore.what")}
              value={what}
              onChange={onChange}
              choices={[
                { value: WHOLE, label: t("restore.whole") },
                ...items.map((each) => ({ value: String(each.index), label: wordsOfSection(each, items, t), depth: depthOf(each, items) })),
              ]}
            />
          </div>
        )
      }
    </Shown>
  );
}

/** Whether a preview says something else than the first one of its kind that was seen here. */
function useMovedOn(preview: RestorePreview | null, of: unknown): boolean {
  const [first, setFirst] = useState<{ readonly of: unknown; readonly preview: RestorePreview } | null>(null);
  if (preview !== null && first?.of !== of) setFirst({ of, preview });
  return preview !== null && first !== null && first.of === of && !isSame(first.preview, preview);
}

/** Whether two previews change the same: else somebody wrote there between looking and looking again. */
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
  /** It undoes a restore: what happened since stays. */
  readonly undoes: boolean;
  /** It is another one than was seen first. */
  readonly movedOn: boolean;
  readonly busy: boolean;
  readonly onRestore: (reason: string, seen: RestorePreview) => void;
}

function Preview({ chapter, preview: now, undoes, movedOn, busy, onRestore }: PreviewProps) {
  const { t, moment } = useSay();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  // What one saw when one pressed the button: whatever comes later is not confirmed.
  const [seen, setSeen] = useState<RestorePreview | null>(null);
  // Behind the question stands what it is about.
  const preview = seen ?? now;
  const when = moment(preview.recordedAt);
  if (preview.placement === "noChange" || !preview.difference.blocks.some(isChanged)) {
    // What was written since stays, so that the text need not be as it was then.
    return <Notice kind="info">{t(undoes ? "restore.previewNothingToUndo" : "restore.previewNoChange")}</Notice>;
  }
  const words = RESTORE_WORDS[restoreKind(undoes, preview.section)];
  const submit = () => {
    setError(reason.trim() === "" ? t(words.reasonMissing) : undefined);
    setSeen(reason.trim() === "" ? null : now);
  };
  return (
    <>
      <Paragraph>{t(words.intro, { when })}</Paragraph>
      <section className="card" aria-labelledby="voorbeeld">
        <h2 id="voorbeeld" className="utrecht-heading-2">
          {t("restore.preview")}
        </h2>
        {!undoes && <p className="meta">{t(preview.placement === "comesBack" ? "restore.previewComesBack" : "restore.previewReplaces")}</p>}
        <p className="meta" role="status">
          {movedOn && t("restore.movedOn")}
        </p>
        <DifferenceView difference={preview.difference} preview />
      </section>
      <Form className="card form" onSubmit={submit}>
        <TextField label={t(words.reason)} help={t("restore.reasonHelp")} value={reason} onChange={setReason} error={error} required maxLength={300} />
        <Button type="submit" appearance="primary-action-button" disabled={busy}>
          {t(words.submit)}
        </Button>
      </Form>
      {seen !== null && (
        <ConfirmDialog
          title={t("restore.confirmTitle")}
          confirm={t(words.yes)}
          onConfirm={() => {
            setSeen(null);
            onRestore(reason.trim(), seen);
          }}
          onClose={() => setSeen(null)}
        >
          <Paragraph>{t(words.confirm, { title: chapter.title, section: seen.section?.title ?? "", when })}</Paragraph>
          <Paragraph>{t("restore.rule")}</Paragraph>
        </ConfirmDialog>
      )}
    </>
  );
}
