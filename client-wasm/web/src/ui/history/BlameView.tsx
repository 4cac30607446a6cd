// The words of a chapter coloured by who wrote them, with a list of the writers.
import type { ChapterBlame, Contribution } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { marked } from "../plan/TextView.tsx";
import { coloursFor, creditKey, numbersOf } from "./difference.ts";
import { Line } from "./Line.tsx";

interface BlameProps {
  readonly blame: ChapterBlame;
  readonly people: readonly Contribution[];
}

type Block = ChapterBlame["blocks"][number];
type Run = Block["runs"][number];

export function BlameView({ blame, people }: BlameProps) {
  const { t, credit } = useSay();
  const colours = coloursFor(people);
  const numbers = numbersOf(blame.blocks.map(({ style }) => style));
  return (
    <>
      <ul className="legend__people" aria-label={t("history.legend")}>
        {people.map((each) => (
          <li key={creditKey(each)}>
            <span className={`swatch swatch--${colours.get(creditKey(each)) ?? "neutral"}`} aria-hidden="true" />
            <b>{credit(each)}</b> <span className="meta">{t("history.written", { count: each.insertedCharacters })}</span>
          </li>
        ))}
      </ul>
      <div className="text text--difference" lang="nl">
        {blame.blocks.map((block, index) => (
          <Line key={index} style={block.style} number={numbers[index] ?? null}>
            {byWriter(block).map(({ written, restored, runs }, at) => {
              const whose = restored === null ? credit(written) : t("history.writtenPutBack", { writer: credit(written), who: credit(restored) });
              return (
                <span key={at} className={`run run--plain person-${colours.get(creditKey(written)) ?? "neutral"}`} title={whose}>
                  <span className="only-heard"> ({whose}:) </span>
                  {runs.map((run, part) => (
                    <span key={part}>{marked(run.text, run.marks)}</span>
                  ))}
                </span>
              );
            })}
          </Line>
        ))}
      </div>
    </>
  );
}

/** Neighbouring runs of one writer, and of one who brought them back, as one. */
function byWriter(block: Block): (Pick<Run, "written" | "restored"> & { readonly runs: Run[] })[] {
  const groups: (Pick<Run, "written" | "restored"> & { readonly runs: Run[] })[] = [];
  const keyOf = ({ written, restored }: Pick<Run, "written" | "restored">) =>
    `${creditKey(written)} ${restored === null ? "" : creditKey(restored)}`;
  for (const run of block.runs) {
    const last = groups.at(-1);
    if (last !== undefined && keyOf(last) === keyOf(run)) last.runs.push(run);
    else groups.push({ written: run.written, restored: run.restored, runs: [run] });
  }
  return groups;
}
