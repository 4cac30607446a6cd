// Whether the server answers: what every request learns, and a question now and then while it does not.
//
// Why it exists: the browser's own "online" only knows of the network. A server that is down, or a train whose wifi
// leads nowhere, shows in requests that come to nothing; whoever waits for one hears when the server is back.

/** The header of an answer that this device kept: the server itself did not give it. */
export const KEPT_HEADER = "X-Schrijftafel-Kept";

const ASK_AFTER_MS = 2_000;
const ASK_AFTER_MS_MAX = 15_000;
/** What stands before the server answers so when there is nobody behind it. */
const NOBODY_BEHIND: ReadonlySet<number> = new Set([502, 503, 504]);

/** How to ask the server for anything at all. */
export type Ask = () => Promise<Response>;

/** The state of the connection. Pages use the one below. */
export class Connection {
  #answers = true;
  #keptAt: Date | null = null;
  #wait = ASK_AFTER_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Whether the last request was answered by the server. */
  get answers(): boolean {
    return this.#answers;
  }

  /** When the server gave what this device kept and was shown last; null when nothing kept was. */
  get keptAt(): Date | null {
    return this.#keptAt;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Learns from an answer; `null` is none at all. */
  learn(response: Response | null): void {
    const answers = response !== null && isOfServer(response);
    // Who is signed in is asked every minute, and says nothing about what is shown.
    const shown = response?.url.endsWith("/session") === true ? null : keptAt(response);
    this.#keptAt = answers ? null : (shown ?? this.#keptAt);
    if (answers) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#wait = ASK_AFTER_MS;
    } else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => void this.ask(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, ASK_AFTER_MS_MAX);
    }
    if (this.#answers === answers) return;
    this.#answers = answers;
    for (const listener of this.#listeners) listener();
  }

  /** Asks the server now; those who wait hear if it answers. */
  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const answer = await this.#ask().catch(() => null);
    // Not of interest, but left unread it would keep the connection taken.
    await answer?.body?.cancel();
    this.learn(answer);
  }
}

/** When the server gave an answer that this device kept; null for others. */
export function keptAt(response: Response | null): Date | null {
  const date = response?.headers.has(KEPT_HEADER) === true ? Date.parse(response.headers.get("Date") ?? "") : Number.NaN;
  return Number.isNaN(date) ? null : new Date(date);
}

/** Whether the server itself said this; what it refuses for being busy is a problem document. */
function isOfServer(response: Response): boolean {
  if (response.headers.has(KEPT_HEADER)) return false;
  return !NOBODY_BEHIND.has(response.status) || response.headers.get("Content-Type") === "application/problem+json";
}

/** The pages' connection. Who is signed in is asked because everybody may ask it. */
export const connection = new Connection(() => fetch("/api/v1/session", { cache: "no-store", credentials: "same-origin" }));
