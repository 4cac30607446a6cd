// What a change log says in the place of erased content, and the way to ask for it.
import type { ErasureGround } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ButtonLink } from "../parts/links.tsx";

interface Note {
  readonly at: string;
  readonly ground?: ErasureGround;
}

interface ErasedProps {
  readonly note: Note | undefined;
  /** What was erased: what a change said, or which text came back and why. */
  readonly what?: "change" | "restore";
}

/** "De inhoud van deze wijziging is op 7 december gewist. Waarom dit weg mocht: …", without why for who is not told; nothing for what is there. */
export function Erased({ note, what = "change" }: ErasedProps) {
  const { t, onDay } = useSay();
  if (note === undefined) return null;
  const gone = t(what === "restore" ? "erasure.goneRestore" : "erasure.gone", { when: onDay(note.at) });
  // Why is told to those who read the concept.
  const why = note.ground === undefined ? "" : ` ${t("erasure.goneWhy", { ground: t(`erasure.grounds.${note.ground}`) })}`;
  return <p className="entry__reason">{gone + why}</p>;
}

/** The way from a change to the question whether what it said may go. */
export function EraseLink({ position, what }: { position: number; what: string }) {
  const { t } = useSay();
  const { path } = usePlan();
  return (
    <ButtonLink look="subtle" to={path(`beheer/gegevens-wissen?wijziging=${position}`)} aria-label={t("erasure.linkLabel", { what })}>
      {t("erasure.link")}
    </ButtonLink>
  );
}
