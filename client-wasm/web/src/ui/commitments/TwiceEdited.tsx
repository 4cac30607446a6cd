// Beside a field that two people changed at once: both texts, and the choice between them.
import { Button } from "@utrecht/component-library-react";
import { createContext, type MouseEvent, type ReactNode, useContext } from "react";
import type { CommitmentField } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { contentOf, type Draft, EMPTY_DRAFT } from "./draft.ts";
import type { Twice } from "./twice.ts";
import { useNames } from "./useCommitment.ts";
import { linesOf } from "./values.ts";

interface Choosing {
  readonly twice: readonly Twice[];
  readonly choose: (field: CommitmentField, chosen: "mine" | "theirs") => void;
}

const TwiceContext = createContext<Choosing>({ twice: [], choose: () => undefined });

/** Puts the choices around a form. */
export const TwiceProvider = TwiceContext.Provider;

/** The way from a list of these fields to the choice for one: the focus goes to its first button. */
export function LinkToChoice({ field, children }: { field: CommitmentField; children: ReactNode }) {
  const go = (event: MouseEvent) => {
    // The address stays: a fragment would be a page of its own to go back from.
    event.preventDefault();
    const choice = document.getElementById(idOf(field));
    choice?.scrollIntoView({ block: "start" });
    choice?.querySelector("button")?.focus();
  };
  return (
    <a className="utrecht-link utrecht-link--html-a" href={`#${idOf(field)}`} onClick={go}>
      {children}
    </a>
  );
}

function idOf(field: CommitmentField): string {
  return `keuze-${field}`;
}

/** The choice for one field; nothing when only one side changed it. */
export function TwiceEdited({ field }: { field: CommitmentField }) {
  const { t } = useSay();
  const { twice, choose } = useContext(TwiceContext);
  const found = twice.find((each) => each.field === field);
  if (found === undefined) return null;
  const sides = [
    { side: "mine", label: t("commitments.twiceMine"), part: found.mine },
    { side: "theirs", label: t("commitments.twiceTheirs"), part: found.theirs },
  ] as const;
  return (
    <fieldset id={idOf(field)} className="twice" data-undecided={found.chosen === null}>
      <legend>{t("commitments.twice", { field: t(`fieldIn.${field}`) })}</legend>
      {sides.map(({ side, label, part }) => (
        <div key={side} className="twice__side">
          <p className="twice__label">{label}</p>
          <Lines field={field} part={part} />
          <Button type="button" appearance="secondary-action-button" pressed={found.chosen === side} onClick={() => choose(field, side)}>
            {t(side === "mine" ? "commitments.twiceKeepMine" : "commitments.twiceTakeTheirs")}
          </Button>
        </div>
      ))}
    </fieldset>
  );
}

function Lines({ field, part }: { field: CommitmentField; part: Partial<Draft> }) {
  const say = useSay();
  const lines = linesOf(field, contentOf({ ...EMPTY_DRAFT, ...part })[field], useNames(), say);
  if (lines.length === 0) return <p className="meta">{say.t("changes.empty")}</p>;
  return lines.map((line, index) => <p key={index}>{line}</p>);
}
