// What every window may hear, whatever it shows: words that wait, that were refused, and what became of others.
import type { CoreRefused, DeskState, Reunion } from "./client.ts";
import type { ToldStatus } from "./protocol.ts";

/** The core's report on a chapter (`client-wasm/src/desk/reunion.rs`). It counts refused words too, which are shown themselves. */
type Report = Pick<Reunion, "added" | "removed" | "shared">;

/** A report that nobody read within a working day is about a text that has long gone on. */
const OLD_MS = 12 * 60 * 60 * 1_000;

export class DeskMemory {
  readonly #tell: (state: DeskState) => void;
  readonly #keep: (reunions: readonly Reunion[]) => void;
  #reunions: readonly Reunion[] = [];
  readonly #refused = new Map<string, readonly CoreRefused[]>();
  readonly #waiting = new Map<string, number>();
  /** Chapters with an unread report in which words wait once more for a connection. */
  readonly #again = new Set<string>();
  #isFull = false;
  #isConnected = false;
  #told = "";

  /** `keep` stores reports until they are read, whatever is closed meanwhile. */
  constructor(tell: (state: DeskState) => void, keep: (reunions: readonly Reunion[]) => void) {
    this.#tell = tell;
    this.#keep = keep;
  }

  /**
   * Reports that were kept; one of an earlier release, which did not say when it was, is not shown any more, nor a
   * paragraph of one that did not say who wrote.
   */
  restore(reunions: readonly Reunion[], now: number): void {
    const named = reunions.map((each) => ({ ...each, shared: each.shared.filter((paragraph) => Array.isArray(paragraph.edits)) }));
    this.#reunions = [...named, ...this.#reunions];
    this.forgetOld(now);
    this.#say();
  }

  /** Lets go of reports that are about yesterday. */
  forgetOld(now: number): void {
    const young = this.#reunions.filter(({ at }) => now - at < OLD_MS);
    if (young.length < this.#reunions.length) this.#replace(young);
  }

  get state(): DeskState {
    let waiting = 0;
    for (const each of this.#waiting.values()) waiting += each;
    return {
      reunions: this.#reunions,
      refused: [...this.#refused].map(([key, words]) => ({ ...idsOf(key), words })),
      isWaiting: waiting > 0,
      isFull: this.#isFull,
      isConnected: this.#isConnected,
    };
  }

  status(chapter: string, { refused, waiting }: ToldStatus): void {
    if (refused.length > 0) this.#refused.set(chapter, refused);
    else this.#refused.delete(chapter);
    if (waiting > 0) this.#waiting.set(chapter, waiting);
    else this.#waiting.delete(chapter);
    this.#countAgain(chapter, { refused, waiting });
    this.#say();
  }

  /** A report that was not read yet may not go on counting the words of one absence alone. */
  #countAgain(chapter: string, { refused, waiting }: Pick<ToldStatus, "refused" | "waiting">): void {
    if (waiting > 0) {
      if (!this.#isConnected && this.#reunions.some((each) => keyOf(each) === chapter)) this.#again.add(chapter);
    } else if (this.#isConnected && this.#again.delete(chapter) && refused.length === 0) {
      this.#replace(this.#reunions.map((each) => (keyOf(each) === chapter ? { ...each, uncounted: (each.uncounted ?? 0) + 1 } : each)));
    }
  }

  /** Nothing of a chapter waits any more. */
  closed(chapter: string): void {
    this.#waiting.delete(chapter);
    this.#say();
  }

  discarded(chapter: string, id: string): void {
    const left = (this.#refused.get(chapter) ?? []).filter((words) => words.id !== id);
    if (left.length > 0) this.#refused.set(chapter, left);
    else this.#refused.delete(chapter);
    this.#say();
  }

  report(chapter: string, json: string, now: number): void {
    const { added, removed, shared } = JSON.parse(json) as Report;
    if (added + removed + shared.length === 0) return;
    const before = this.#reunions.find((each) => keyOf(each) === chapter);
    const rest = this.#reunions.filter((each) => each !== before);
    // It counts the newest absence, which may be known already to have ended.
    const uncounted = this.#again.delete(chapter) ? (before?.uncounted ?? 0) : Math.max((before?.uncounted ?? 0) - 1, 0);
    this.#replace([
      ...rest,
      {
        ...idsOf(chapter),
        added: added + (before?.added ?? 0),
        removed: removed + (before?.removed ?? 0),
        shared: [...(before?.shared ?? []).filter(({ excerpt }) => shared.every((each) => each.excerpt !== excerpt)), ...shared],
        at: now,
        ...(uncounted > 0 ? { uncounted } : {}),
      },
    ]);
  }

  /** A chapter goes on in another text: nothing of the one before stays, as it may be erased. */
  textReplaced(chapter: string): void {
    if (!this.#reunions.some((each) => keyOf(each) === chapter)) return;
    this.#replace(this.#reunions.map((each) => (keyOf(each) === chapter ? { ...each, shared: [] } : each)));
  }

  /** The report on a chapter was read. */
  read(chapter: string): void {
    this.#replace(this.#reunions.filter((each) => keyOf(each) !== chapter));
  }

  #replace(reunions: readonly Reunion[]): void {
    this.#reunions = reunions;
    this.#keep(reunions);
    this.#say();
  }

  full(isFull: boolean): void {
    this.#isFull = isFull;
    this.#say();
  }

  /** The server greeted, or the connection is gone. */
  connected(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#say();
  }

  #say(): void {
    const { state } = this;
    const said = JSON.stringify(state);
    if (said === this.#told) return;
    this.#told = said;
    this.#tell(state);
  }
}

function idsOf(key: string): { planId: string; chapterId: string } {
  const [planId = "", chapterId = ""] = key.split("/");
  return { planId, chapterId };
}

function keyOf({ planId, chapterId }: { readonly planId: string; readonly chapterId: string }): string {
  return `${planId}/${chapterId}`;
}
