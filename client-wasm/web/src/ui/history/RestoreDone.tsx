// What a restore made: the text as it stands now, with what was typed meanwhile, and the way back.
//
// Why it exists: whoever restores amid typing confirmed a preview, and the text is another one by then. The way back
// names the text just after the restore as the one that was seen, so that it takes away nothing that was typed since.
import { Heading2, Paragraph } from "@utrecht/component-library-react";
import type { Chapter, ChapterRestore, RestorePreview } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ButtonLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Shown } from "../parts/Shown.tsx";
import { sectionOf } from "../plan/reading.ts";
import { TextView } from "../plan/TextView.tsx";
import { useFollowedText } from "../plan/useFollowedText.ts";
import { RESTORE_WORDS, restoreKind } from "./restoreWords.ts";

/** In the address of a restore: what the section is known by that is offered first. */
export const SECTION = "paragraaf";
/** In the address of a restore: the position up to which the text was seen. What was written later stays. */
export const SEEN = "gezien";

/** What was restored, as it was confirmed. */
export interface Restored {
  readonly preview: RestorePreview;
  readonly made: ChapterRestore;
  /** It took another restore back. */
  readonly undoes: boolean;
}

export function RestoreDone({ chapter, done: { preview, made, undoes } }: { chapter: Chapter; done: Restored }) {
  const { t, moment } = useSay();
  const { path } = usePlan();
  const own = `hoofdstukken/${chapter.id}`;
  const when = moment(preview.recordedAt);
  const words = RESTORE_WORDS[restoreKind(undoes, preview.section)];
  const wentOn = made.beforePosition > preview.difference.from;
  return (
    <>
      <Notice kind="ok" title={t(words.doneTitle)} live arrives>
        <Paragraph>{t(words.done, { section: preview.section?.title ?? "", when })}</Paragraph>
        {wentOn && <Paragraph>{t("restore.othersWrote")}</Paragraph>}
      </Notice>
      <div className="row">
        <ButtonLink to={path(own)} look="primary-action">
          {t("restore.toText")}
        </ButtonLink>
        <ButtonLink to={path(`${own}/${undoOf(made.beforePosition, made.afterPosition, preview.section?.heading)}`)}>{t("restore.undo")}</ButtonLink>
      </div>
      <TextNow chapter={chapter} section={preview.section?.title ?? null} />
    </>
  );
}

/** The address, within a chapter's, where a restore is undone: by the positions of the text just before and just after it. */
export function undoOf(before: number, after: number, section: string | null | undefined): string {
  const search = new URLSearchParams({ [SEEN]: String(after), ...(section == null ? {} : { [SECTION]: section }) });
  return `terugzetten/${before}?${search.toString()}`;
}

/** What was restored as it stands now, for as long as one looks: the section, or the whole text where it is not to be found. */
function TextNow({ chapter, section }: { chapter: Chapter; section: string | null }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const text = useFollowedText(plan.id, chapter.id, undefined);
  return (
    <section className="card" aria-labelledby="zo-staat-het-er-nu">
      <Heading2 id="zo-staat-het-er-nu">{t("restore.textNow")}</Heading2>
      <Shown of={text}>
        {({ text: { document } }) => <TextView document={(section === null ? null : sectionOf(document, section)) ?? document} />}
      </Shown>
    </section>
  );
}
