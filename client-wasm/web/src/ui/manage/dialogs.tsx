// The questions behind the buttons of management: a chapter's state, its title, a new chapter.
import { Button, Heading2, Paragraph } from "@utrecht/component-library-react";
import { useState } from "react";
import { api, taggedValueOf, valueOf } from "../../api/client.ts";
import { useCommand } from "../parts/hooks.ts";
import type { Chapter, ChapterState } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { usePresence } from "../plan/usePresence.ts";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { Notice, Trouble } from "../parts/Notice.tsx";

interface DialogProps {
  readonly chapter: Chapter;
  readonly onClose: () => void;
  readonly onChanged: (sentence: string) => void;
}

/** What a change of state is called, and what it means: going back from reading is not opening what was frozen. */
export function stateWords(chapter: Chapter, to: ChapterState) {
  const back = to === "drafting" && chapter.state === "reading";
  return back
    ? ({ action: "manage.to.draftingFromReading", explain: "manage.explain.draftingFromReading" } as const)
    : ({ action: `manage.to.${to}`, explain: `manage.explain.${to}` } as const);
}

export function StateDialog({ chapter, to, onClose, onChanged }: DialogProps & { to: ChapterState }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [version, setVersion] = useState("");
  const [reason, setReason] = useState("");
  const [checked, setChecked] = useState(false);
  const words = stateWords(chapter, to);
  const needsReason = to !== "reading";
  const change = useCommand(async (key: string, body: { to: ChapterState; version?: string; reason?: string }) => {
    const path = { planId: plan.id, chapterId: chapter.id };
    const { etag } = await taggedValueOf(api.GET("/plans/{planId}/chapters/{chapterId}", { params: { path } }));
    await valueOf(api.POST("/plans/{planId}/chapters/{chapterId}/state-changes", { params: { path, header: { "Idempotency-Key": key, "If-Match": etag } }, body }));
    onChanged(t("manage.changed", { title: chapter.title, state: t(`chapterState.${to}`).toLowerCase() }));
  });
  const submit = () => {
    setChecked(true);
    if ((needsReason && reason.trim() === "") || (to === "frozen" && version.trim() === "")) return;
    void change.run({ to, ...(reason.trim() === "" ? {} : { reason: reason.trim() }), ...(to === "frozen" ? { version: version.trim() } : {}) });
  };
  return (
    <ConfirmDialog title={t("manage.stateTitle", { action: t(words.action), title: chapter.title })} confirm={t(words.action)} onConfirm={submit} onClose={onClose} busy={change.busy} error={change.error}>
      <Paragraph>{t(words.explain)}</Paragraph>
      {to === "frozen" && <There chapter={chapter} />}
      {to === "frozen" && (
        <TextField
          label={t("manage.version")}
          help={t("manage.versionHelp")}
          value={version}
          onChange={setVersion}
          error={checked && version.trim() === "" ? t("manage.needVersion") : undefined}
          required
          maxLength={300}
        />
      )}
      {needsReason && (
        <TextField
          label={t("manage.reason")}
          help={t("manage.reasonHelp")}
          value={reason}
          onChange={setReason}
          error={checked && reason.trim() === "" ? t("manage.needReason") : undefined}
          required
          maxLength={300}
        />
      )}
    </ConfirmDialog>
  );
}

/** Who has the chapter open while one thinks of freezing it: what they type after that comes too late. */
function There({ chapter }: { chapter: Chapter }) {
  const { t, list } = useSay();
  const { plan } = usePlan();
  const people = usePresence(plan.id).get(chapter.id) ?? [];
  const names = [...new Set(people.map(({ person, party }) => t("app.personOfParty", { person: person.name, party: party.name })))];
  if (names.length === 0) return null;
  return (
    <Notice kind="warning" live>
      {t("manage.there", { count: names.length, who: list(names) })}
    </Notice>
  );
}

export function RenameDialog({ chapter, onClose, onChanged }: DialogProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [title, setTitle] = useState(chapter.title);
  const rename = useCommand(async (key: string, wanted: string) => {
    await valueOf(
      api.PATCH("/plans/{planId}/chapters/{chapterId}", {
        params: { path: { planId: plan.id, chapterId: chapter.id }, header: { "Idempotency-Key": key } },
        body: { title: wanted },
        headers: { "Content-Type": "application/merge-patch+json" },
      }),
    );
    onChanged(t("manage.renamed"));
  });
  const missing = title.trim() === "";
  return (
    <ConfirmDialog
      title={t("manage.renameTitle")}
      confirm={t("manage.rename")}
      onConfirm={() => {
        if (!missing) void rename.run(title.trim());
      }}
      onClose={onClose}
      busy={rename.busy}
      error={rename.error}
    >
      <TextField label={t("manage.addTitle")} value={title} onChange={setTitle} error={missing ? t("manage.needTitle") : undefined} required maxLength={300} />
    </ConfirmDialog>
  );
}

export function TeamDialog({ chapter, onClose, onChanged }: DialogProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [teamId, setTeamId] = useState(chapter.teamId ?? "");
  const none = { value: "", label: t(chapter.parentId === null ? "manage.teamNone" : "manage.teamOfAbove") };
  const teams = [none, ...plan.teams.map((each) => ({ value: each.id, label: each.name }))];
  const choose = useCommand(async (key: string, chosen: string) => {
    await valueOf(
      api.PATCH("/plans/{planId}/chapters/{chapterId}", {
        params: { path: { planId: plan.id, chapterId: chapter.id }, header: { "Idempotency-Key": key } },
        body: { teamId: chosen === "" ? null : chosen },
        headers: { "Content-Type": "application/merge-patch+json" },
      }),
    );
    const team = teams.find((each) => each.value === chosen)?.label ?? "";
    onChanged(t("manage.teamChosen", { title: chapter.title, team: chosen === "" ? team.toLowerCase() : team }));
  });
  return (
    <ConfirmDialog
      title={t("manage.chooseTeamTitle", { title: chapter.title })}
      confirm={t("manage.chooseTeam")}
      onConfirm={() => void choose.run(teamId)}
      onClose={onClose}
      busy={choose.busy}
      error={choose.error}
    >
      <SelectField label={t("people.team")} help={plan.teams.length === 0 ? t("people.noTeams") : undefined} value={teamId} onChange={setTeamId} choices={teams} />
    </ConfirmDialog>
  );
}

export function AddChapter({ onAdded }: { onAdded: (sentence: string) => void }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [title, setTitle] = useState("");
  const [parentId, setParentId] = useState("");
  const [error, setError] = useState<string>();
  const add = useCommand(async (key: string, wanted: { title: string; parentId: string | null; afterId?: string }) => {
    await valueOf(api.POST("/plans/{planId}/chapters", { params: { path: { planId: plan.id }, header: { "Idempotency-Key": key } }, body: wanted }));
    setTitle("");
    onAdded(t("manage.added", { title: wanted.title }));
  });
  const submit = () => {
    setError(title.trim() === "" ? t("manage.needTitle") : undefined);
    if (title.trim() === "") return;
    void add.run({ title: title.trim(), parentId: parentId === "" ? null : parentId });
  };
  return (
    <section className="card" aria-labelledby="hoofdstuk-toevoegen">
      <Form className="form" onSubmit={submit}>
        <Heading2 id="hoofdstuk-toevoegen">{t("manage.add")}</Heading2>
        <TextField label={t("manage.addTitle")} value={title} onChange={setTitle} error={error} required maxLength={300} />
        <SelectField
          label={t("manage.addUnder")}
          value={parentId}
          onChange={setParentId}
          choices={[{ value: "", label: t("manage.addTop") }, ...plan.chapters.map((each) => ({ value: each.id, label: each.title }))]}
        />
        <Trouble error={add.error} />
        <Button type="submit" appearance="primary-action-button" disabled={add.busy}>
          {t("manage.addSubmit")}
        </Button>
      </Form>
    </section>
  );
}
