// The text field as a person meets it: open it, type, read what stands there, wait until it is saved.
import { until } from "./browser.mjs";

/** Opens a chapter for writing and waits until its text is there. */
export async function openChapter(page, plan, chapter) {
  await page.goto(plan.path(`hoofdstukken/${chapter.id}/schrijven`));
  const editor = new Editor(page, chapter);
  await editor.opened();
  return editor;
}

export class Editor {
  constructor(page, chapter) {
    this.page = page;
    this.field = page.getByRole("textbox", { name: `Tekst van ${chapter.title}` });
  }

  /** Waits until the text is there and everything of it is kept. */
  async opened() {
    await this.field.waitFor();
    await until("the chapter is open", async () => (await this.status()) !== "opening", { ms: 30_000 });
  }

  /** Where the newest typed word is: opening, saved, saving, offline, failed. */
  async status() {
    return this.page.locator("[data-status]").getAttribute("data-status");
  }

  async saved({ ms = 20_000 } = {}) {
    await until("the text is saved", async () => (await this.status()) === "saved", { ms });
  }

  /** The blocks as text, one line each, without the cursors of others. */
  async lines() {
    return this.field.evaluate((field) => {
      const copy = field.cloneNode(true);
      for (const cursor of copy.querySelectorAll(".cursor, .ProseMirror-trailingBreak, .ProseMirror-separator")) cursor.remove();
      return [...copy.querySelectorAll("p, h1, h2, h3, h4, h5, h6")].map((block) => block.textContent ?? "");
    });
  }

  async text() {
    return (await this.lines()).join("\n");
  }

  /** Puts the cursor at the end of the text. */
  async toEnd() {
    await this.field.focus();
    await this.#settled();
    await this.page.keyboard.press("Control+End");
    await this.#settled();
  }

  /** The editor puts its own selection back a moment after it is focused, and learns of a new one by an event. */
  async #settled() {
    await this.page.evaluate(() => new Promise((go) => setTimeout(() => requestAnimationFrame(() => setTimeout(go, 10)), 50)));
  }

  /** Puts the cursor right after the first place where these words stand; another's cursor may stand within them. */
  async after(words) {
    const found = await this.field.evaluate((field, wanted) => {
      for (const block of field.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
        const filter = (node) => (node.parentElement?.closest(".cursor") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
        const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, filter);
        const nodes = [];
        while (walk.nextNode()) nodes.push(walk.currentNode);
        const at = nodes.map(({ data }) => data).join("").indexOf(wanted);
        if (at < 0) continue;
        let left = at + wanted.length;
        const node = nodes.find(({ data }) => left <= data.length || void (left -= data.length));
        field.focus();
        getSelection()?.collapse(node, left);
        return true;
      }
      return false;
    }, words);
    if (!found) throw new Error(`the text does not hold "${words}"`);
    await this.#settled();
  }

  /** Types as a person does: key by key. */
  async type(words, { delay = 12 } = {}) {
    await this.page.keyboard.type(words, { delay });
  }

  /** Pastes where the cursor is. */
  async paste(words, { type = "text/plain" } = {}) {
    await this.field.evaluate((field, [text, of]) => {
      const data = new DataTransfer();
      data.setData(of, text);
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, [words, type]);
  }

  async press(key) {
    await this.page.keyboard.press(key);
  }

  /** The names at the cursors of the others. */
  async cursors() {
    return this.field.locator(".cursor__name").allTextContents();
  }

  async canWrite() {
    return (await this.field.getAttribute("contenteditable")) === "true";
  }
}

/** Waits until all editors show the very same lines; answers with them. */
export async function agree(editors, { ms = 20_000 } = {}) {
  let texts = [];
  await until("all editors show the same text", async () => {
    texts = await Promise.all(editors.map((editor) => editor.text()));
    return texts.every((text) => text === texts[0]);
  }, { ms });
  return texts[0];
}
