// What there is to say of one chapter after a time without a connection, on whatever page it is said.
import type { ReactNode } from "react";
import type { EditOfOther, Reunion, SharedParagraph } from "../../core/client.ts";
import { type Say, useSay } from "../../i18n/words.ts";

/** "14 woorden van u zijn opgeslagen. 2 woorden die u weghaalde, zijn weg." */
export function reunionWords({ added, removed, uncounted = 0 }: Reunion, { t }: Say): string {
  // Of several absences not all were counted.
  if (uncounted > 0) return t("reunion.all");
  const sentences = [added > 0 && t("reunion.added", { count: added }), removed > 0 && t("reunion.removed", { count: removed })];
  return sentences.filter((sentence) => sentence !== false).join(" ");
}

interface SharedProps {
  readonly shared: readonly SharedParagraph[];
  /** The way to one of them, where it can be shown. */
  readonly place?: (paragraph: SharedParagraph) => ReactNode;
  /** Ways on. */
  readonly children?: ReactNode;
}

/** Opens to what others did in the paragraphs that one wrote in. */
export function SharedParagraphs({ shared, place, children }: SharedProps) {
  const { t } = useSay();
  return (
    <details className="shared">
      <summary>{t("reunion.shared", { count: shared.length })}</summary>
      <ul>
        {shared.map((paragraph, index) => (
          <li key={index}>
            {paragraph.excerpt !== "" && <p className="shared__paragraph">{t("reunion.paragraph", { excerpt: paragraph.excerpt })}</p>}
            {paragraph.edits.map((edit, at) => (
              <EditTold key={at} edit={edit} />
            ))}
            {place?.(paragraph)}
          </li>
        ))}
      </ul>
      <div className="row row--links">{children}</div>
    </details>
  );
}

/** "Bram (Zorggroep West) voegde toe: “van Bram”". */
function EditTold({ edit: { by, added, removed } }: { edit: EditOfOther }) {
  const { t, list, credit, sentence } = useSay();
  const who = by === null ? t("reunion.somebody") : credit(by);
  const quoted = (words: readonly string[]) => list(words.map((excerpt) => t("reunion.paragraph", { excerpt: excerpt.trim() })));
  return (
    <>
      {added.length > 0 && <p className="meta">{sentence(t("reunion.addedBy", { who, words: quoted(added) }))}</p>}
      {removed.length > 0 && <p className="meta">{sentence(t("reunion.removedBy", { who, words: quoted(removed) }))}</p>}
      {added.length + removed.length === 0 && <p className="meta">{sentence(t("reunion.looksBy", { who }))}</p>}
    </>
  );
}
