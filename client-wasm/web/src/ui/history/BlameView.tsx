// The words of a chapter coloured by who wrote them, with a list of the writers.
import type { Authorship, ChapterBlame, Contribution } from "../../api/types.ts";
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
            {byWriter(block).map(({ written, runs }, at) => (
              <span key={at} className={`run run--plain person-${colours.get(creditKey(written)) ?? "neutral"}`} title={credit(written)}>
                <span className="only-heard"> ({credit(written)}:) </span>
                {runs.map((run, part) => (
                  <span key={part}>{marked(run.text, run.marks)}</span>
                ))}
              </span>
            ))}
          </Line>
        ))}
      </div>
    </>
  );
}

/** Neighbouring runs of one writer as one. */
function byWriter(block: Block): { written: Authorship; runs: Run[] }[] {
  const groups: { written: Authorship; runs: Run[] }[] = [];
  for (const run of block.runs) {
    const last = groups.at(-1);
    if (last !== undefined && creditKey(last.written) === creditKey(run.written)) last.runs.push(run);
    else groups.push({ written: run.written, runs: [run] });
  }
  return groups;
}
