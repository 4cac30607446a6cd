// Keys that are typed on after a text became read-only under one's hands: they scroll nothing.
//
// Why it exists: such a text keeps the focus, to be read with the keyboard, and there the space bar turns a page. Who was
// typing when a chapter is frozen would be at its end before they read why nothing they type arrives.

/** Who pressed no key for so long, ms, is not typing any more. */
const PAUSE_MS = 1_000;

/** Keys with which one reads on, and moves the caret while writing. */
const READING = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]);

/** What is known of a key that was pressed. */
export type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "timeStamp">;

export class TypedOn {
  /** When the last key was pressed, or writing ended, in the time of events; null: nobody types on here. */
  #last: number | null = null;

  /** Writing ended while the text had the focus; `at` as in an event's `timeStamp`. */
  begin(at: number): void {
    this.#last = at;
  }

  /** One may write again, went elsewhere, or pointed at something. */
  end(): void {
    this.#last = null;
  }

  /** Whether a key does nothing: it was meant for the text. */
  holds({ key, ctrlKey, metaKey, altKey, timeStamp }: Key): boolean {
    if (this.#last === null) return false;
    const isPause = timeStamp - this.#last > PAUSE_MS;
    this.#last = timeStamp;
    if (READING.has(key)) return !isPause;
    if (key === "Home" || key === "End") return true;
    // Letters, and the space bar; a shortcut is none.
    return key.length === 1 && !ctrlKey && !metaKey && !altKey;
  }
}
