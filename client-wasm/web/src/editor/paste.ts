// Tables that are pasted: the text knows none yet, so each row becomes a paragraph and each cell a line of it.
//
// Why it exists: left alone, the words of neighbouring cells would stand glued together.

/** The pasted HTML without tables. */
export function withoutTables(html: string): string {
  if (!/<table/i.test(html)) return html;
  const page = new DOMParser().parseFromString(html, "text/html");
  // The innermost first: a table in a cell has become paragraphs by the time its own cell is read.
  for (const table of [...page.querySelectorAll("table")].toReversed()) {
    table.replaceWith(...[...table.querySelectorAll("tr")].flatMap((row) => rowBlocks(page, row)));
  }
  return page.body.innerHTML;
}

function rowBlocks(page: Document, row: HTMLTableRowElement): HTMLElement[] {
  const cells = [...row.cells].map(contentOf).filter((cell) => cell.textContent.trim() !== "");
  if (cells.some((cell) => cell.querySelector(BLOCKS) !== null)) return cells.map((cell) => within(page, "div", [...cell.childNodes]));
  const line = cells.flatMap((cell, index) => (index === 0 ? [...cell.childNodes] : [page.createElement("br"), ...cell.childNodes]));
  return line.length === 0 ? [] : [within(page, "p", line)];
}

const BLOCKS = "p, div, ul, ol, blockquote, h1, h2, h3, h4, h5, h6";

/** What holds the words of a cell: the one paragraph that word processors put in it, or the cell. */
function contentOf(cell: HTMLElement): HTMLElement {
  const [only] = cell.children;
  const wrapped = cell.children.length === 1 && (only instanceof HTMLParagraphElement || only instanceof HTMLDivElement);
  return wrapped && only.textContent.trim() === cell.textContent.trim() ? only : cell;
}

function within(page: Document, name: "p" | "div", nodes: readonly Node[]): HTMLElement {
  const made = page.createElement(name);
  made.append(...nodes);
  return made;
}
