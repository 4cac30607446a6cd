// A list of which the first few stand there, and the rest comes when one asks for it.
//
// Why it exists: on a phone a long list pushes away what stands below it. The button stays where it is, so that a keyboard
// and a screen reader stay there too.
import { Button } from "@utrecht/component-library-react";
import { type ReactNode, useState } from "react";
import { useSay } from "../../i18n/words.ts";
import { fewOf } from "./few.ts";

interface FewProps<T> {
  readonly of: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly children: (item: T) => ReactNode;
}

export function Few<T>({ of, keyOf, children }: FewProps<T>) {
  const { t } = useSay();
  const [all, setAll] = useState(false);
  const { shown, hidden } = fewOf(of);
  return (
    <>
      <ul className="cards">
        {(all ? of : shown).map((item) => (
          <li key={keyOf(item)}>{children(item)}</li>
        ))}
      </ul>
      {hidden > 0 && (
        <Button appearance="subtle-button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("forMe.showFewer") : t("forMe.showAll", { count: of.length })}
        </Button>
      )}
    </>
  );
}
