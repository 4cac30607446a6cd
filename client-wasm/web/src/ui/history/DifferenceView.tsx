// A difference on the screen: coloured text with who did what, or the same changes as sentences.
import { Button, ButtonGroup } from "@utrecht/component-library-react";
import { type ReactNode, useState } from "react";
import type { Actor, ChapterDifference, DifferenceBlock } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { marked } from "../plan/TextView.tsx";
import { actorKey, coloursOf, isChanged, mergedRuns, stretchesOf, wordsOfBlock, wordsOfStyle } from "./difference.ts";

interface DifferenceProps {
  readonly difference: ChapterDifference;
  /** A preview of a restore says "komt terug" and "verdwijnt". */
  readonly preview?: boolean;
}

export function DifferenceView({ difference, preview = false }: DifferenceProps) {
  const { t } = useSay();
  const [view, setView] = useState<"colour" | "words">("colour");
  const colours = coloursOf(difference.people, difference.blocks);
  if (!difference.blocks.some(isChanged)) return <p className="meta">{t("history.noChange")}</p>;
  return (
    <div className="difference">
      <Legend difference={difference} colours={colours} preview={preview} />
      <ButtonGroup role="group" aria-label={t("history.view")} className="toggle">
        <Button appearance="secondary-action-button" pressed={view === "colour"} onClick={() => setView("colour")}>
          {t("history.viewColour")}
        </Button>
        <Button appearance="secondary-action-button" pressed={view === "words"} onClick={() => setView("words")}>
          {t("history.viewWords")}
        </Button>
      </ButtonGroup>
      {view === "colour" ? <Coloured difference={difference} colours={colours} /> : <InWords blocks={difference.blocks} />}
    </div>
  );
}

type Colours = ReadonlyMap<string, number>;

function Legend({ difference, colours, preview }: { difference: ChapterDifference; colours: Colours; preview: boolean }) {
  const { t, who } = useSay();
  return (
    <div className="legend">
      {difference.people.length > 0 && (
        <ul className="legend__people" aria-label={t("history.legend")}>
          {difference.people.map(({ actor, insertedCharacters, deletedCharacters }) => (
            <li key={actorKey(actor)}>
              <span className={`swatch swatch--${colours.get(actorKey(actor)) ?? 0}`} aria-hidden="true" />
              <b>{who(actor)}</b>{" "}
              <span className="meta">
                {t("history.added", { count: insertedCharacters })}, {t("history.removed", { count: deletedCharacters })}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="meta">
        <ins className="sample">{t(preview ? "restore.previewLegendInserted" : "history.legendInserted")}</ins>{" "}
        <del className="sample">{t(preview ? "restore.previewLegendDeleted" : "history.legendDeleted")}</del>
      </p>
    </div>
  );
}

function Coloured({ difference, colours }: { difference: ChapterDifference; colours: Colours }) {
  return (
    <div className="text text--difference" lang="nl">
      {stretchesOf(difference.blocks).map((stretch, index) =>
        stretch.kind === "shown" ? (
          stretch.blocks.map((block, line) => <Line key={`${index}/${line}`} block={block} colours={colours} />)
        ) : (
          <Folded key={index} blocks={stretch.blocks} colours={colours} />
        ),
      )}
    </div>
  );
}

function Folded({ blocks, colours }: { blocks: readonly DifferenceBlock[]; colours: Colours }) {
  const { t } = useSay();
  const [open, setOpen] = useState(false);
  if (open) return blocks.map((block, line) => <Line key={line} block={block} colours={colours} />);
  return (
    <Button appearance="subtle-button" className="folded" onClick={() => setOpen(true)}>
      {t("history.unchanged", { count: blocks.length })}
    </Button>
  );
}

function Line({ block, colours }: { block: DifferenceBlock; colours: Colours }) {
  const say = useSay();
  const structure = block.structure.length === 0 ? [] : wordsOfBlock({ ...block, runs: [], change: "changed" }, say);
  return (
    <div className={`line line--${block.change} line--${block.style.type}`} style={{ "--depth": block.style.depth } as React.CSSProperties}>
      {tagged(block, <Runs block={block} colours={colours} />)}
      {structure.map((sentence, index) => (
        <p key={index} className="line__note">
          {sentence}
        </p>
      ))}
    </div>
  );
}

function tagged(block: DifferenceBlock, inner: ReactNode): ReactNode {
  const { type, level } = block.style;
  switch (type) {
    case "heading":
      return <p className={`text__h${level ?? 1}`}>{inner}</p>;
    case "blockquote":
      return <blockquote>{inner}</blockquote>;
    case "unorderedListItem":
    case "orderedListItem":
      return (
        <p className="line__item">
          <span className="line__bullet" aria-hidden="true">
            {type === "orderedListItem" ? "1." : "•"}
          </span>
          <span>{inner}</span>
        </p>
      );
    case "paragraph":
      return <p>{inner}</p>;
    default:
      return type satisfies never;
  }
}

function Runs({ block, colours }: { block: DifferenceBlock; colours: Colours }) {
  const { t, who } = useSay();
  return mergedRuns(block.runs).map((run, index) => {
    const words = run.runs.map((part, at) => <span key={at}>{marked(part.text, part.marks)}</span>);
    if (run.change === "same") return <span key={index}>{words}</span>;
    const colour = run.actor === null ? 0 : (colours.get(actorKey(run.actor)) ?? 0);
    const by = run.actor === null ? t("app.nobody") : who(run.actor);
    const inserted = run.change === "inserted";
    const Tag = inserted ? "ins" : "del";
    return (
      <Tag key={index} className={`run person-${colour}`} title={t(inserted ? "history.insertedBy" : "history.deletedBy", { who: by })}>
        <span className="only-heard"> {t(inserted ? "history.insertedBy" : "history.deletedBy", { who: by })} </span>
        {words}
        <span className="only-heard"> ({t("history.endChange")}) </span>
        <Initials actor={run.actor} />
      </Tag>
    );
  });
}

/** Who, beside the colour: the first letters of the name. */
function Initials({ actor }: { actor: Actor | null }) {
  const name = actor?.person?.name ?? "";
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

function InWords({ blocks }: { blocks: readonly DifferenceBlock[] }) {
  const say = useSay();
  return (
    <ul className="sentences">
      {blocks.filter(isChanged).map((block, index) => (
        <li key={index}>
          <p className="meta">{say.t("words.in", { block: wordsOfStyle(block.style, say) })}</p>
          <ul>
            {wordsOfBlock(block, say).map((sentence, at) => (
              <li key={at}>{sentence}</li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
