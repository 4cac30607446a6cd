// A difference on the screen: coloured text with who did what, or the same changes as sentences.
import { Button, ButtonGroup } from "@utrecht/component-library-react";
import { useState } from "react";
import type { Actor, ChapterDifference, DifferenceBlock } from "../../api/types.ts";
import { type Credit, useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { marked } from "../plan/TextView.tsx";
import {
  changedSections,
  creditKey,
  isChanged,
  mergedRuns,
  numbersOf,
  sizeOfRestore,
  stretchesOf,
  wordsOfBlock,
  wordsOfPassing,
  wordsOfRestoredBlock,
} from "./difference.ts";
import { colourOrder, type Colours, coloursOf } from "./colours.ts";
import { Line } from "./Line.tsx";
import { type Foremost, isOf, ownerOf, shareOf, type Whose } from "./share.ts";

interface DifferenceProps {
  readonly difference: ChapterDifference;
  /** A preview of a restore says what comes back and what disappears, not whose it was: nobody did this yet. */
  readonly preview?: boolean;
  /** Whose changes stand out; those of others are quieter. */
  readonly foremost?: Foremost | undefined;
}

export function DifferenceView({ difference, preview = false, foremost }: DifferenceProps) {
  const { t } = useSay();
  const [view, setView] = useState<"colour" | "words">("colour");
  const { plan } = usePlan();
  const shown = { ...shownOf(difference, preview, colourOrder(plan.people)), foremost };
  if (!difference.blocks.some(isChanged)) {
    return (
      <>
        <p className="meta">{t("history.noChange")}</p>
        <InBetween passing={difference.passing} />
      </>
    );
  }
  return (
    <div className="difference">
      {preview ? <PreviewLegend difference={difference} /> : <Legend difference={difference} colours={shown.colours} />}
      <ButtonGroup role="group" aria-label={t("history.view")} className="toggle">
        <Button appearance="secondary-action-button" pressed={view === "colour"} onClick={() => setView("colour")}>
          {t("history.viewColour")}
        </Button>
        <Button appearance="secondary-action-button" pressed={view === "words"} onClick={() => setView("words")}>
          {t("history.viewWords")}
        </Button>
      </ButtonGroup>
      {view === "colour" ? <Coloured difference={difference} shown={shown} /> : <InWords blocks={difference.blocks} preview={preview} foremost={foremost} />}
      <InBetween passing={difference.passing} />
    </div>
  );
}

/** What one wrote and another took out in between: neither text shows it. */
function InBetween({ passing }: Pick<ChapterDifference, "passing">) {
  const say = useSay();
  if (passing.length === 0) return null;
  return (
    <section>
      <h2>{say.t("history.inBetween")}</h2>
      <ul className="sentences">
        {passing.map((words, index) => (
          <li key={index}>{wordsOfPassing(words, say)}</li>
        ))}
      </ul>
    </section>
  );
}

/** How the lines of one difference are shown. */
interface Looks {
  readonly colours: Colours;
  readonly numbers: ReadonlyMap<DifferenceBlock, number | null>;
  readonly preview: boolean;
  readonly foremost?: Foremost | undefined;
}

function shownOf({ people, blocks }: ChapterDifference, preview: boolean, order: readonly string[]): Looks {
  // What goes has no number: the lists are counted as they are afterwards.
  const staying = blocks.filter((block) => block.change !== "deleted");
  const numbers = numbersOf(staying.map(({ style }) => style));
  return { colours: coloursOf(people, blocks, order), numbers: new Map(staying.map((block, index) => [block, numbers[index] ?? null])), preview };
}

function Legend({ difference, colours }: { difference: ChapterDifference; colours: Colours }) {
  const { t, credit } = useSay();
  return (
    <div className="legend">
      {difference.people.length > 0 && (
        <ul className="legend__people" aria-label={t("history.legend")}>
          {difference.people.map((each) => (
            <li key={creditKey(each)}>
              <span className={`swatch swatch--${colours.get(creditKey(each)) ?? "neutral"}`} aria-hidden="true" />
              <b>{credit(each)}</b>{" "}
              <span className="meta">
                {sizeOf(each, t)}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="meta">
        <ins className="sample">{t("history.legendInserted")}</ins> <del className="sample">{t("history.legendDeleted")}</del>
      </p>
    </div>
  );
}

/** How much somebody wrote, put back of others, and took out. */
function sizeOf({ insertedCharacters, putBackCharacters, deletedCharacters }: ChapterDifference["people"][number], t: ReturnType<typeof useSay>["t"]): string {
  const [added, removed] = [t("history.added", { count: insertedCharacters - putBackCharacters }), t("history.removed", { count: deletedCharacters })];
  if (putBackCharacters === 0) return t("history.net", { added, removed });
  return t("history.netPutBack", { added, removed, putBack: t("history.putBack", { count: putBackCharacters }) });
}

function PreviewLegend({ difference }: { difference: ChapterDifference }) {
  const say = useSay();
  return (
    <div className="legend">
      <p>
        <b>{sizeOfRestore(difference, say)}</b>
      </p>
      <p className="meta">
        <ins className="sample">{say.t("restore.previewLegendInserted")}</ins> <del className="sample">{say.t("restore.previewLegendDeleted")}</del>
      </p>
    </div>
  );
}

function Coloured({ difference, shown }: { difference: ChapterDifference; shown: Looks }) {
  return (
    <div className="text text--difference" lang="nl">
      {stretchesOf(difference.blocks).map((stretch, index) =>
        stretch.kind === "shown" ? (
          stretch.blocks.map((block, line) => <Changed key={`${index}/${line}`} block={block} shown={shown} />)
        ) : (
          <Folded key={index} blocks={stretch.blocks} shown={shown} />
        ),
      )}
    </div>
  );
}

function Folded({ blocks, shown }: { blocks: readonly DifferenceBlock[]; shown: Looks }) {
  const { t } = useSay();
  const [open, setOpen] = useState(false);
  if (open) return blocks.map((block, line) => <Changed key={line} block={block} shown={shown} />);
  return (
    <Button appearance="subtle-button" className="folded" onClick={() => setOpen(true)}>
      {t("history.unchanged", { count: blocks.length })}
    </Button>
  );
}

function Changed({ block, shown }: { block: DifferenceBlock; shown: Looks }) {
  const say = useSay();
  const words = shown.preview ? wordsOfRestoredBlock : wordsOfBlock;
  const structure = block.structure.length === 0 ? [] : words({ ...block, runs: [], change: "changed" }, say);
  const notes = structure.map((sentence, index) => (
    <p key={index} className="line__note">
      {sentence}
    </p>
  ));
  return (
    <Line style={block.style} number={shown.numbers.get(block) ?? null} change={block.change} below={notes}>
      {mergedRuns(block.runs).map((run, index) => {
        const text = run.runs.map((part, at) => <span key={at}>{marked(part.text, part.marks)}</span>);
        if (run.change === "same") return <span key={index}>{text}</span>;
        const Tag = run.change === "inserted" ? "ins" : "del";
        const by = shown.preview ? null : ownerOf(run, shown.foremost);
        const whose = shown.preview ? say.t(run.change === "inserted" ? "restore.inserted" : "restore.deleted") : sayWhose(run, say);
        return (
          <Tag key={index} className={`run person-${colourOf(shown, by)}${isQuiet(shown, by) ? " run--quiet" : ""}`} title={whose}>
            <span className="only-heard"> {whose} </span>
            {text}
            <span className="only-heard"> ({say.t("history.endChange")}) </span>
            {by?.source === "writer" && <Initials actor={by.actor} />}
          </Tag>
        );
      })}
    </Line>
  );
}

function isQuiet({ foremost }: Looks, by: Credit | null): boolean {
  return foremost !== undefined && !isOf(by, foremost.actor);
}

function colourOf({ colours }: Looks, by: Credit | null) {
  return by === null ? "neutral" : (colours.get(creditKey(by)) ?? "neutral");
}

/** What a changed word is, said beside its look. */
function sayWhose({ change, by, written }: ReturnType<typeof mergedRuns>[number], { t, credit }: ReturnType<typeof useSay>): string {
  if (by !== null && written !== null) return t(change === "inserted" ? "history.putBackBy" : "history.deletedOf", { who: credit(by), writer: credit(written) });
  if (change === "inserted" && by?.source === "document") return `${t("history.fromDocument")}:`;
  return t(change === "inserted" ? "history.insertedBy" : "history.deletedBy", { who: by === null ? t("app.nobody") : credit(by) });
}

/** Who, beside the colour: the first letters of the name. */
function Initials({ actor }: { actor: Actor }) {
  const { person } = useSay();
  const name = actor.person === null ? "" : person(actor.person);
  const letters = name
    .split(/\s+/)
    .map((part) => [...part][0] ?? "")
    .filter((letter) => letter !== letter.toLowerCase())
    .join("");
  return (
    <sup className="initials" aria-hidden="true">
      {letters === "" ? [...name][0] : letters}
    </sup>
  );
}

interface InWordsProps {
  readonly blocks: readonly DifferenceBlock[];
  readonly preview: boolean;
  readonly foremost: Foremost | undefined;
}

function InWords({ blocks, preview, foremost }: InWordsProps) {
  const say = useSay();
  const words = preview ? wordsOfRestoredBlock : wordsOfBlock;
  const told = (block: DifferenceBlock) => {
    if (foremost === undefined) return words(block, say).map((sentence) => ({ sentence, look: undefined }));
    const of = (whose: Whose) => words(shareOf(block, foremost, whose), say);
    return [...of("own").map((sentence) => ({ sentence, look: undefined })), ...of("others").map((sentence) => ({ sentence, look: "quiet" }))];
  };
  const hasHeadings = blocks.some(({ style }) => style.type === "heading");
  return (
    <ul className="sentences">
      {changedSections(blocks).map((section, index) => (
        <li key={index}>
          {hasHeadings && (
            <p className="meta">{section.heading === null ? say.t("words.aboveHeadings") : say.t("words.under", { heading: section.heading })}</p>
          )}
          <ul>
            {section.blocks.flatMap(told).map(({ sentence, look }, at) => (
              <li key={at} className={look}>
                {sentence}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
