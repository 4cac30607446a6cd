// What the toolbar can ask, as ProseMirror commands, and what it shows of the selection.
import { chainCommands, lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { closeHistory } from "prosemirror-history";
import type { Attrs, Mark, Node, NodeType } from "prosemirror-model";
import { liftListItem, sinkListItem, wrapInList } from "prosemirror-schema-list";
import type { Command, EditorState, Transaction } from "prosemirror-state";
import type { FormatCommand, Formatting } from "./chapterView.ts";
import { safeHref, schema } from "./schema.ts";
import { canRedo, canUndo, redo, undo } from "./undoHistory.ts";

const { nodes, marks } = schema;

/** The command behind a button. */
export function commandOf(asked: FormatCommand): Command {
  return asked.kind === "undo" || asked.kind === "redo" ? actOf(asked) : undoneAlone(actOf(asked));
}

/** A command that one undo takes back by itself, whatever was typed just before and after it. */
function undoneAlone(command: Command): Command {
  return (state, dispatch, view) => {
    const done = command(state, dispatch === undefined ? undefined : (transaction) => dispatch(closeHistory(transaction)), view);
    if (done && dispatch !== undefined && view !== undefined) view.dispatch(closeHistory(view.state.tr));
    return done;
  };
}

function actOf(asked: FormatCommand): Command {
  switch (asked.kind) {
    case "block":
      return blockCommand(asked.block);
    case "list":
      return listCommand(asked.list === "bullet" ? nodes.bullet_list : nodes.ordered_list);
    case "indent":
      return sinkListItem(nodes.list_item);
    case "outdent":
      return chainCommands(liftListItem(nodes.list_item), lift);
    case "quote":
      return (state, dispatch) => (within(state, nodes.blockquote) ? lift : wrapIn(nodes.blockquote))(state, dispatch);
    case "strong":
      return toggleMark(marks.strong);
    case "em":
      return toggleMark(marks.em);
    case "link":
      return linkCommand(asked.href);
    case "undo":
      return undo;
    case "redo":
      return redo;
    default:
      return never(asked);
  }
}

/** What the selection is in. */
export function formattingOf(state: EditorState): Formatting {
  const link = linkAt(state);
  return {
    block: blockOf(state.selection.$from.parent),
    list: listOf(state),
    quote: within(state, nodes.blockquote),
    strong: hasMark(state, "strong"),
    em: hasMark(state, "em"),
    link: link?.href ?? null,
    canLink: !state.selection.empty || link !== null,
    canUndo: canUndo(state),
    canRedo: canRedo(state),
  };
}

function blockCommand(block: Formatting["block"]): Command {
  return (state, dispatch) => {
    const [type, attrs]: [NodeType, Attrs | null] =
      block === "paragraph" ? [nodes.paragraph, null] : [nodes.heading, { level: Number(block.slice("heading".length)) }];
    if (setBlockType(type, attrs)(state, dispatch)) return true;
    // The paragraph that opens an item or a quote stays a paragraph: as a heading it leaves the item first.
    let lifted: Transaction | null = null;
    const out = chainCommands(liftListItem(nodes.list_item), lift);
    if (!out(state, (transaction) => (lifted = transaction)) || lifted === null) return false;
    const both: Transaction = lifted;
    setBlockType(type, attrs)(state.apply(both), (turned) => turned.steps.forEach((step) => both.step(step)));
    dispatch?.(both);
    return true;
  };
}

/** Puts the blocks in a list, changes the sort of the list they are in, or takes them out of it. */
function listCommand(wanted: NodeType): Command {
  return (state, dispatch) => {
    const found = innermostList(state);
    if (found === null) return wrapInList(wanted)(state, dispatch);
    if (found.node.type === wanted) return liftListItem(nodes.list_item)(state, dispatch);
    dispatch?.(state.tr.setNodeMarkup(found.pos, wanted));
    return true;
  };
}

/** Puts a link on the selection or on the link the selection is in; null takes it away. */
function linkCommand(href: string | null): Command {
  return (state, dispatch) => {
    const safe = href === null ? null : safeHref(href);
    const range = linkAt(state) ?? state.selection;
    if (range.from === range.to || (href !== null && safe === null)) return false;
    const transaction = state.tr.removeMark(range.from, range.to, marks.link);
    if (safe !== null) transaction.addMark(range.from, range.to, marks.link.create({ href: safe }));
    dispatch?.(transaction);
    return true;
  };
}

/** The link around the start of the selection, with all of its letters. */
function linkAt(state: EditorState): { from: number; to: number; href: string } | null {
  const { $from } = state.selection;
  const at = (index: number) => (index < 0 || index >= $from.parent.childCount ? null : $from.parent.child(index));
  let first = $from.index();
  let link = linkOf(at(first));
  if (link === null && $from.textOffset === 0) link = linkOf(at(--first));
  if (link === null) return null;
  let last = first;
  while (linkOf(at(first - 1))?.eq(link) === true) first -= 1;
  while (linkOf(at(last + 1))?.eq(link) === true) last += 1;
  return {
    from: $from.posAtIndex(first),
    to: $from.posAtIndex(last) + (at(last)?.nodeSize ?? 0),
    href: String(link.attrs["href"]),
  };
}

function linkOf(node: Node | null): Mark | null {
  return node?.marks.find((mark) => mark.type === marks.link) ?? null;
}

function innermostList(state: EditorState): { node: Node; pos: number } | null {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    const node = $from.node(depth);
    if (node.type === nodes.bullet_list || node.type === nodes.ordered_list) return { node, pos: $from.before(depth) };
    if (node.type === nodes.blockquote) return null;
  }
  return null;
}

function listOf(state: EditorState): Formatting["list"] {
  const found = innermostList(state);
  if (found === null) return null;
  return found.node.type === nodes.bullet_list ? "bullet" : "ordered";
}

function blockOf(block: Node): Formatting["block"] {
  if (block.type !== nodes.heading) return "paragraph";
  switch (block.attrs["level"]) {
    case 1:
      return "heading1";
    case 2:
      return "heading2";
    case 3:
      return "heading3";
    default:
      return "heading4";
  }
}

function within(state: EditorState, type: NodeType): boolean {
  const { $from } = state.selection;
  return Array.from({ length: $from.depth }, (_, depth) => $from.node(depth + 1)).some((node) => node.type === type);
}

function hasMark(state: EditorState, name: "strong" | "em"): boolean {
  const { from, to, $from, empty } = state.selection;
  if (empty) return marks[name].isInSet(state.storedMarks ?? $from.marks()) !== undefined;
  return state.doc.rangeHasMark(from, to, marks[name]);
}

function never(asked: never): never {
  throw new Error(`no such command: ${JSON.stringify(asked)}`);
}
