// The words of a chapter coloured by who wrote them, with a list of the writers.
import type { Actor, ChapterBlame, Contribution } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { marked } from "../plan/TextView.tsx";
import { actorKey, COLOURS } from "./difference.ts";

interface BlameProps {
  readonly blame: ChapterBlame;
  readonly people: readonly Contribution[];
}

type Block = ChapterBlame["blocks"][number];
type Run = Block["runs"][number];

export function BlameView({ blame, people }: BlameProps) {
  const { t, who } = useSay();
  const colours = new Map(people.map(({ actor }, index) => [actorKey(actor), index % COLOURS]));
  return (
    <>
      <ul className="legend__people" aria-label={t("history.legend")}>
        {people.map(({ actor, insertedCharacters }) => (
          <li key={actorKey(actor)}>
            <span className={`swatch swatch--${colours.get(actorKey(actor)) ?? 0}`} aria-hidden="true" />
            <b>{who(actor)}</b> <span className="meta">{t("history.written", { count: insertedCharacters })}</span>
          </li>
        ))}
      </ul>
      <div className="text text--difference" lang="nl">
        {blame.blocks.map((block, index) => (
          <p key={index} className={`line line--${block.style.type} ${block.style.level === null ? "" : `text__h${block.style.level}`}`}>
            {byWriter(block).map(({ actor, runs }, at) => (
              <span key={at} className={`run run--plain person-${colours.get(actorKey(actor)) ?? 0}`} title={who(actor)}>
                <span className="only-heard"> ({who(actor)}:) </span>
                {runs.map((run, part) => (
                  <span key={part}>{marked(run.text, run.marks)}</span>
                ))}
              </span>
            ))}
          </p>
        ))}
      </div>
    </>
  );
}

/** Neighbouring runs of one writer as one. */
function byWriter(block: Block): { actor: Actor; runs: Run[] }[] {
  const groups: { actor: Actor; runs: Run[] }[] = [];
  for (const run of block.runs) {
    const last = groups.at(-1);
    if (last !== undefined && actorKey(last.actor) === actorKey(run.written.actor)) last.runs.push(run);
    else groups.push({ actor: run.written.actor, runs: [run] });
  }
  return groups;
}
