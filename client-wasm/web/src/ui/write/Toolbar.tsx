// The toolbar of the text: reached by Tab and by arrows; pressed buttons say what one is writing in.
//
// On a phone one row is in sight, with taking back in it; the rest opens below it. A row that scrolls sideways hides that
// there is more.
import { Button, Select, SelectOption } from "@utrecht/component-library-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { FormatCommand, Formatting } from "../../editor/chapterView.ts";
import { useSay } from "../../i18n/words.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { LinkDialog } from "./LinkDialog.tsx";

const BLOCKS: readonly Formatting["block"][] = ["paragraph", "heading1", "heading2", "heading3", "heading4"];

interface Tool {
  readonly key: string;
  readonly label: string;
  /** What is said of it to who points at it, where that is more. */
  readonly tip?: string;
  readonly icon?: IconName;
  /** A letter in its own style instead of an icon. */
  readonly letter?: "B" | "I";
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly command: FormatCommand | "ask-link";
}

interface ToolbarProps {
  readonly formatting: Formatting;
  readonly onCommand: (command: FormatCommand) => void;
  /** Tells when a link is asked for by its key. */
  readonly onLinkAsked: (listener: () => void) => () => void;
}

export function Toolbar({ formatting, onCommand, onLinkAsked }: ToolbarProps) {
  const { t } = useSay();
  const bar = useRef<HTMLDivElement>(null);
  const [linking, setLinking] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const rest = useId();
  const { history, styles } = useTools(formatting);
  useEffect(() => onLinkAsked(() => setLinking(true)), [onLinkAsked]);
  const press = ({ command }: Tool) => {
    if (command === "ask-link") setLinking(true);
    else onCommand(command);
  };
  return (
    <div ref={bar} className="toolbar" role="toolbar" aria-label={t("write.toolbar")} onKeyDown={(event) => moveFocus(event, bar.current)}>
      {history.map((tool) => (
        <ToolButton key={tool.key} tool={tool} onPress={press} />
      ))}
      <Select
        aria-label={t("write.block")}
        className="toolbar__block"
        value={formatting.block}
        onChange={(event) => {
          const block = BLOCKS.find((each) => each === event.target.value);
          if (block !== undefined) onCommand({ kind: "block", block });
        }}
      >
        {BLOCKS.map((block) => (
          <SelectOption key={block} value={block}>
            {t(`write.${block}`)}
          </SelectOption>
        ))}
      </Select>
      <Button
        type="button"
        appearance="subtle-button"
        className="tool toolbar__more"
        aria-label={t("write.moreTools")}
        title={t("write.moreTools")}
        aria-expanded={isOpen}
        aria-controls={rest}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => setOpen(!isOpen)}
      >
        {t("write.moreToolsShort")}
      </Button>
      <div id={rest} className={isOpen ? "toolbar__rest toolbar__rest--open" : "toolbar__rest"}>
        {styles.map((tool) => (
          <ToolButton key={tool.key} tool={tool} onPress={press} />
        ))}
      </div>
      {linking && (
        <LinkDialog
          href={formatting.link}
          onClose={() => setLinking(false)}
          onPut={(href) => {
            setLinking(false);
            // The dialog gives the focus back first; then the text takes it.
            setTimeout(() => onCommand({ kind: "link", href }), 0);
          }}
        />
      )}
    </div>
  );
}

function useTools(formatting: Formatting): { readonly history: readonly Tool[]; readonly styles: readonly Tool[] } {
  const { t } = useSay();
  const inList = formatting.list !== null;
  const history: readonly Tool[] = [
    { key: "undo", label: t("write.undo"), icon: "undo", disabled: !formatting.canUndo, command: { kind: "undo" } },
    { key: "redo", label: t("write.redo"), icon: "redo", disabled: !formatting.canRedo, command: { kind: "redo" } },
  ];
  const styles: readonly Tool[] = [
    { key: "strong", label: t("write.strong"), letter: "B", pressed: formatting.strong, command: { kind: "strong" } },
    { key: "em", label: t("write.em"), letter: "I", pressed: formatting.em, command: { kind: "em" } },
    { key: "link", label: t("write.link"), tip: t("write.linkTip"), icon: "link", pressed: formatting.link !== null, disabled: !formatting.canLink, command: "ask-link" },
    { key: "bullet", label: t("write.bullet"), icon: "bullet", pressed: formatting.list === "bullet", command: { kind: "list", list: "bullet" } },
    { key: "ordered", label: t("write.ordered"), icon: "ordered", pressed: formatting.list === "ordered", command: { kind: "list", list: "ordered" } },
    ...(inList
      ? [
          { key: "indent", label: t("write.indent"), icon: "indent", command: { kind: "indent" } } as const,
          { key: "outdent", label: t("write.outdent"), icon: "outdent", command: { kind: "outdent" } } as const,
        ]
      : []),
    { key: "quote", label: t("write.quote"), icon: "quote", pressed: formatting.quote, command: { kind: "quote" } },
  ];
  return { history, styles };
}

function ToolButton({ tool, onPress }: { tool: Tool; onPress: (tool: Tool) => void }) {
  return (
    <Button
      type="button"
      appearance="subtle-button"
      className="tool"
      aria-label={tool.label}
      title={tool.tip ?? tool.label}
      {...(tool.pressed === undefined ? {} : { pressed: tool.pressed })}
      // Stays focusable while it cannot act, so that arrows do not lose their place.
      aria-disabled={tool.disabled === true}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => {
        if (tool.disabled !== true) onPress(tool);
      }}
    >
      {tool.icon !== undefined && <Icon name={tool.icon} />}
      {tool.letter === "B" && <b aria-hidden="true">B</b>}
      {tool.letter === "I" && <i aria-hidden="true">I</i>}
    </Button>
  );
}

/** Arrow keys, Home and End move between the tools; a menu keeps its own up and down. */
function moveFocus(event: KeyboardEvent, bar: HTMLElement | null): void {
  const all = [...(bar?.querySelectorAll<HTMLElement>("select, button.tool") ?? [])];
  const tools = all.filter((tool) => tool.offsetParent !== null);
  const at = tools.findIndex((tool) => tool === document.activeElement);
  if (at < 0) return;
  const to = { ArrowRight: (at + 1) % tools.length, ArrowLeft: (at - 1 + tools.length) % tools.length, Home: 0, End: tools.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  tools[to]?.focus();
}
