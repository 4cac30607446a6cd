// What there is to say of one chapter after a time without a connection, on whatever page it is said.
import type { ReactNode } from "react";
import type { Reunion, SharedParagraph } from "../../core/client.ts";
import { type Say, useSay } from "../../i18n/words.ts";

/** "14 woorden van u zijn opgeslagen. 2 woorden die u weghaalde, zijn weg." */
export function reunionWords({ added, removed }: Reunion, { t }: Say): string {
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
            <Quotes words={paragraph.added} label={t("reunion.othersAdded")} />
            <Quotes words={paragraph.removed} label={t("reunion.othersRemoved")} />
            {paragraph.added.length + paragraph.removed.length === 0 && <p className="meta">{t("reunion.othersLooks")}</p>}
            {place?.(paragraph)}
          </li>
        ))}
      </ul>
      <div className="row row--links">{children}</div>
    </details>
  );
}

function Quotes({ words, label }: { words: readonly string[]; label: string }) {
  const { t, list } = useSay();
  if (words.length === 0) return null;
  return (
    <p className="meta">
      {label} {list(words.map((excerpt) => t("reunion.paragraph", { excerpt })))}
    </p>
  );
}
