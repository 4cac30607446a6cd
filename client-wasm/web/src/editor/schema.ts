// The chapter's document as ProseMirror knows it; the same schema as `schema/src/richtext/document.rs`.
//
// Why it exists: the core translates between this tree and the flat text that merges. A node that stands here
// and not there (or the other way round) would be refused, so both change together.
import { type DOMOutputSpec, type MarkSpec, type NodeSpec, Schema } from "prosemirror-model";

const LINK_HREF_MAX = 2048;

/** The address if a reader may safely follow it, else null. The rule of `richtext::Link`. */
export function safeHref(href: string): string | null {
  const local = href.startsWith("#") || /^\/(?![/\\])/.test(href);
  const known = /^(https?:\/\/|mailto:|tel:)/i.test(href);
  // eslint-disable-next-line no-control-regex -- control characters are just what is refused
  const plain = !/[\s\u0000-\u001f\u007f-\u009f]/u.test(href) && new TextEncoder().encode(href).length <= LINK_HREF_MAX;
  return plain && (local || known) ? href : null;
}

const headings = new Set<unknown>([1, 2, 3, 4]);

const nodes = {
  doc: { content: "block+" },
  paragraph: {
    group: "block",
    content: "inline*",
    parseDOM: [{ tag: "p" }],
    toDOM: (): DOMOutputSpec => ["p", 0],
  },
  heading: {
    group: "block",
    content: "inline*",
    defining: true,
    attrs: { level: { default: 1, validate: "number" } },
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: Math.min(level, 4) } })),
    toDOM: (node): DOMOutputSpec => [`h${headings.has(node.attrs["level"]) ? node.attrs["level"] : 1}`, 0],
  },
  bullet_list: {
    group: "block",
    content: "list_item+",
    parseDOM: [{ tag: "ul" }],
    toDOM: (): DOMOutputSpec => ["ul", 0],
  },
  ordered_list: {
    group: "block",
    content: "list_item+",
    parseDOM: [{ tag: "ol" }],
    toDOM: (): DOMOutputSpec => ["ol", 0],
  },
  list_item: {
    content: "paragraph block*",
    defining: true,
    parseDOM: [{ tag: "li" }],
    toDOM: (): DOMOutputSpec => ["li", 0],
  },
  blockquote: {
    group: "block",
    content: "paragraph block*",
    defining: true,
    parseDOM: [{ tag: "blockquote" }],
    toDOM: (): DOMOutputSpec => ["blockquote", 0],
  },
  /** A block of a newer schema: its words can be read, it itself is left alone. */
  unknown_block: {
    group: "block",
    content: "inline*",
    attrs: { name: { default: "", validate: "string" }, attrs: { default: "{}", validate: "string" } },
    toDOM: (): DOMOutputSpec => ["div", { class: "unknown-block" }, 0],
  },
  text: { group: "inline" },
  hard_break: {
    group: "inline",
    inline: true,
    selectable: false,
    parseDOM: [{ tag: "br" }],
    toDOM: (): DOMOutputSpec => ["br"],
    leafText: () => "\n",
  },
} satisfies Record<string, NodeSpec>;

const marks = {
  link: {
    inclusive: false,
    attrs: { href: { validate: "string" }, title: { default: null, validate: "string|null" } },
    parseDOM: [
      {
        tag: "a[href]",
        getAttrs: (dom) => {
          const href = safeHref(dom.getAttribute("href") ?? "");
          return href !== null && { href, title: dom.getAttribute("title") };
        },
      },
    ],
    toDOM: (mark): DOMOutputSpec => [
      "a",
      { href: mark.attrs["href"], title: mark.attrs["title"], rel: "noopener noreferrer" },
      0,
    ],
  },
  em: {
    parseDOM: [{ tag: "i" }, { tag: "em" }, { style: "font-style=italic" }],
    toDOM: (): DOMOutputSpec => ["em", 0],
  },
  strong: {
    parseDOM: [
      { tag: "strong" },
      // Google Docs wraps all it copies in <b style="font-weight: normal">.
      { tag: "b", getAttrs: (dom) => dom.style.fontWeight !== "normal" && null },
      { style: "font-weight=400", clearMark: (mark) => mark.type.name === "strong" },
      { style: "font-weight", getAttrs: (weight) => /^(bold(er)?|[5-9]\d{2,})$/.test(weight) && null },
    ],
    toDOM: (): DOMOutputSpec => ["strong", 0],
  },
} satisfies Record<string, MarkSpec>;

export const schema = new Schema({ nodes, marks });
