// A line of a text among others, as the heading, item, quote or paragraph that it is.
import type { CSSProperties, ReactNode } from "react";
import type { BlockStyle } from "../../api/types.ts";

interface LineProps {
  readonly style: BlockStyle;
  /** Its number, for an item of a numbered list. */
  readonly number: number | null;
  /** What happened to it, for its look. */
  readonly change?: string;
  readonly children: ReactNode;
  /** What is said below it. */
  readonly below?: ReactNode;
}

export function Line({ style, number, change, children, below }: LineProps) {
  const classes = ["line", `line--${style.type}`, ...(change === undefined ? [] : [`line--${change}`])];
  return (
    <div className={classes.join(" ")} style={{ "--depth": style.depth } as CSSProperties}>
      {tagged(style, number, children)}
      {below}
    </div>
  );
}

function tagged({ type, level }: BlockStyle, number: number | null, inner: ReactNode): ReactNode {
  switch (type) {
    case "heading":
      return <p className={`text__h${level ?? 1}`}>{inner}</p>;
    case "blockquote":
      return (
        <blockquote>
          <p>{inner}</p>
        </blockquote>
      );
    case "unorderedListItem":
    case "orderedListItem":
      return (
        <p className="line__item">
          <span className="line__bullet">{type === "orderedListItem" && number !== null ? `${number}.` : "•"}</span>
          <span>{inner}</span>
        </p>
      );
    case "paragraph":
      return <p>{inner}</p>;
    default:
      return type satisfies never;
  }
}
