// The words of a chapter coloured by who wrote them, with a list of the writers.
import type { ChapterBlame } from "../../api/types.ts";
import { type Credit, useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { marked } from "../plan/TextView.tsx";
import { colourOrder, coloursFor } from "./colours.ts";
import { creditKey, numbersOf } from "./difference.ts";
import { Line } from "./Line.tsx";

/** How many characters of a text somebody wrote, and who else brought how many of them back. */
interface Share extends Credit {
  count: number;
  readonly putBack: (Credit & { count: number })[];
}

type Block = ChapterBlame["blocks"][number];
type Run = Block["runs"][number];

export function BlameView({ blame }: { blame: ChapterBlame }) {
  const { t, credit, list } = useSay();
  const { plan } = usePlan();
  const putBackOf = ({ putBack }: Share) => list(putBack.map((by) => t("history.putBackCount", { count: by.count, who: credit(by) })));
  const people = sharesOf(blame);
  const colours = coloursFor(people, colourOrder(plan.people));
  const numbers = numbersOf(blame.blocks.map(({ style }) => style));
  return (
    <>
      <ul className="legend__people" aria-label={t("history.legend")}>
        {people.map((each) => (
          <li key={creditKey(each)}>
            <span className={`swatch swatch--${colours.get(creditKey(each)) ?? "neutral"}`} aria-hidden="true" />
            <b>{credit(each)}</b>{" "}
            <span className="meta">
              {t("history.written", { count: each.count })}
              {each.putBack.length > 0 && `, ${t("history.ofWhich", { counts: putBackOf(each) })}`}
            </span>
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

const isWriter = ({ source }: Credit) => Number(source === "writer");

/** How much of the text each writer wrote, most first; what nobody here wrote comes last. */
export function sharesOf(blame: ChapterBlame): Share[] {
  const shares: Share[] = [];
  for (const { text, written, restored } of blame.blocks.flatMap((block) => block.runs)) {
    const { length } = [...text];
    const share = of(shares, written, (credit): Share => ({ ...credit, count: 0, putBack: [] }));
    share.count += length;
    if (restored !== null) of(share.putBack, restored, (credit) => ({ ...credit, count: 0 })).count += length;
  }
  return shares.sort((a, b) => isWriter(b) - isWriter(a) || b.count - a.count);
}

/** The one of that credit, added when there is none yet. */
function of<One extends Credit>(list: One[], { actor, source }: Credit, begin: (credit: Credit) => One): One {
  const known = list.find((each) => creditKey(each) === creditKey({ actor, source }));
  if (known !== undefined) return known;
  const one = begin({ actor, source });
  list.push(one);
  return one;
}
