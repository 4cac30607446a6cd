// A chapter's text as it reads: the document of the contract as HTML, with addressed headings.
import { createElement, Fragment, type ReactNode } from "react";
import type { TextMark, TextNode } from "../../api/types.ts";
import { useJumpToHash } from "../parts/Page.tsx";
import { headingsOf, safeHref, type TextHeading } from "./reading.ts";

/** The text below a page's own title: its headings begin one level lower. */
export function TextView({ document }: { document: TextNode }) {
  useJumpToHash();
  const addresses = headingsOf(document).values();
  return (
    <div className="text" lang="nl">
      {nodes(document.content, addresses)}
    </div>
  );
}

type Addresses = Iterator<TextHeading, undefined>;

function nodes(content: readonly TextNode[] | undefined, addresses: Addresses): ReactNode {
  return (content ?? []).map((node, index) => <Fragment key={index}>{shown(node, addresses)}</Fragment>);
}

function shown(node: TextNode, addresses: Addresses): ReactNode {
  switch (node.type) {
    case "doc":
      return nodes(node.content, addresses);
    case "paragraph":
      return <p>{nodes(node.content, addresses)}</p>;
    case "heading": {
      const level = node.attrs?.level ?? 1;
      const address = addresses.next().value;
      return createElement(`h${address?.shownLevel ?? level + 1}`, { id: address?.id, tabIndex: -1, className: `text__h${level}` }, nodes(node.content, addresses));
    }
    case "bullet_list":
      return <ul>{nodes(node.content, addresses)}</ul>;
    case "ordered_list":
      return <ol>{nodes(node.content, addresses)}</ol>;
    case "list_item":
      return <li>{nodes(node.content, addresses)}</li>;
    case "blockquote":
      return <blockquote>{nodes(node.content, addresses)}</blockquote>;
    case "text":
      return marked(node.text ?? "", node.marks ?? []);
    case "hard_break":
      return <br />;
    default:
      return node.type satisfies never;
  }
}

/** Words with their marks. */
export function marked(words: ReactNode, marks: readonly TextMark[]): ReactNode {
  return marks.reduceRight<ReactNode>((inner, mark) => {
    switch (mark.type) {
      case "strong":
        return <strong>{inner}</strong>;
      case "em":
        return <em>{inner}</em>;
      case "link": {
        const href = safeHref(mark.attrs?.href);
        if (href === null) return inner;
        return (
          <a href={href} rel="noreferrer" className="utrecht-link utrecht-link--html-a">
            {inner}
          </a>
        );
      }
      default:
        return mark.type satisfies never;
    }
  }, words);
}
