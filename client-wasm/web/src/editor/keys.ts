// Keys and the shorthand that turns into formatting while one types.
import { baseKeymap, chainCommands, exitCode } from "prosemirror-commands";
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { splitListItem } from "prosemirror-schema-list";
import type { Command, Plugin } from "prosemirror-state";
import { commandOf } from "./commands.ts";
import { leaving } from "./leaving.ts";
import { schema } from "./schema.ts";
import { redo, undo } from "./undoHistory.ts";

const { nodes } = schema;

/** The keys, the nearest meaning first. */
export function keyPlugins(): Plugin[] {
  const headings = [1, 2, 3, 4] as const;
  const own: Record<string, Command> = {
    "Mod-z": undo,
    "Shift-Mod-z": redo,
    "Mod-y": redo,
    "Mod-b": commandOf({ kind: "strong" }),
    "Mod-i": commandOf({ kind: "em" }),
    "Mod-Alt-0": commandOf({ kind: "block", block: "paragraph" }),
    "Mod-Shift-7": commandOf({ kind: "list", list: "ordered" }),
    "Mod-Shift-8": commandOf({ kind: "list", list: "bullet" }),
    "Mod-Shift-9": commandOf({ kind: "quote" }),
    "Mod-]": commandOf({ kind: "indent" }),
    "Mod-[": commandOf({ kind: "outdent" }),
    // Tab moves an item only where it can: elsewhere, and after Escape, it leaves the text.
    Tab: commandOf({ kind: "indent" }),
    "Shift-Tab": inList(commandOf({ kind: "outdent" })),
    Enter: splitListItem(nodes.list_item),
    "Shift-Enter": chainCommands(exitCode, lineBreak),
  };
  for (const level of headings) own[`Mod-Alt-${level}`] = commandOf({ kind: "block", block: `heading${level}` });
  // Escape is the first half of leaving: it may not select what the next letter would replace.
  const { Escape: _selectsParent, ...base } = baseKeymap;
  return [leaving(), keymap(own), keymap(base)];
}

/** `# `, `- `, `1. `, `> ` at the start of a paragraph. */
export function shorthand(): Plugin {
  const rules: InputRule[] = [
    textblockTypeInputRule(/^(#{1,4})\s$/, nodes.heading, (match) => ({ level: match[1]?.length ?? 1 })),
    wrappingInputRule(/^\s*[-*•]\s$/, nodes.bullet_list),
    wrappingInputRule(/^\s*1[.)]\s$/, nodes.ordered_list),
    wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
  ];
  return inputRules({ rules });
}

const lineBreak: Command = (state, dispatch) => {
  if (!state.selection.$from.parent.inlineContent) return false;
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
};

function inList(command: Command): Command {
  return (state, dispatch, view) => {
    const { $from } = state.selection;
    const inside = Array.from({ length: $from.depth }, (_, depth) => $from.node(depth + 1).type);
    return inside.includes(nodes.list_item) && command(state, dispatch, view);
  };
}
