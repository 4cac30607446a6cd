// The worker's connection to the server: one socket at a time, opened anew when it is gone.
//
// Why it exists: how long to wait for the next attempt is right for nobody in particular, and wrong for who just opened a
// window or has a network again: then it is tried at once. And a socket that is given up is gone from that moment,
// whatever the browser does to close it: on a dead network that takes it ten seconds and more.

/** A socket that has not opened by then will not: the network dropped what was sent. */
const OPEN_MS_MAX = 10_000;
/** An attempt this young is still worth waiting for, also when there is reason to try at once. */
const YOUNG_MS = 1_500;
/** How often it is asked who is signed in while it is somebody else. */
const SOMEBODY_ELSE_MS = 15_000;

/** The part of a WebSocket that is used here. */
export interface Socket {
  readonly readyState: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: "open" | "close", listener: () => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ArrayBuffer>) => void): void;
}

/** What the line needs of the world, and whom it tells. */
export interface LineParts {
  readonly open: () => Socket;
  /** Who is signed in, asked before connecting once the server said that nobody was. */
  readonly isSomebodyElse: () => Promise<"oneself" | "nobody" | "another">;
  readonly opened: () => void;
  readonly received: (bytes: Uint8Array) => void;
  /** The socket is gone; answers after how many milliseconds it is worth another attempt. */
  readonly lost: () => number;
  /** Asks over the open socket whether the server still hears. */
  readonly probe: () => void;
}

const OPEN = 1;

export class ServerLine {
  readonly #parts: LineParts;
  #socket: { readonly socket: Socket; readonly since: number } | undefined;
  /** The next attempt, or the end of this one. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts questions after who is signed in: only the answer to the last one counts. */
  #asking = 0;
  #askWho = false;
  #isRefused = false;
  #isStopped = false;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** Connects, unless there is a socket already. */
  connect(): void {
    if (!this.#mayConnect()) return;
    clearTimeout(this.#timer);
    this.#asking += 1;
    if (!this.#askWho) {
      this.#open();
      return;
    }
    const mine = this.#asking;
    void this.#parts.isSomebodyElse().then((somebodyElse) => {
      if (!this.#mayConnect() || this.#asking !== mine) return;
      this.#askWho = somebodyElse !== "oneself";
      // What one person wrote is not offered in another's name.
      if (somebodyElse === "another") this.#timer = setTimeout(() => this.connect(), SOMEBODY_ELSE_MS);
      else this.#open();
    });
  }

  /** There is reason to think that the server can be reached now: waits for nothing, and doubts what seems to be open. */
  atOnce(): void {
    const current = this.#socket;
    if (current === undefined) this.connect();
    // A connection as nobody is worth nothing to who has signed in again.
    else if (current.socket.readyState === OPEN && this.#askWho) this.#giveUp(() => this.connect());
    else if (current.socket.readyState === OPEN) this.#parts.probe();
    else if (Date.now() - current.since > YOUNG_MS) this.#giveUp(() => this.connect());
  }

  /** Somebody looks: when the server took this for nobody's, they may have signed in since. */
  look(): void {
    if (this.#askWho) this.atOnce();
  }

  /** The server does not speak this release's protocol; a window that comes may find another server. */
  refused(isRefused: boolean): void {
    this.#isRefused = isRefused;
  }

  /** The server takes this for nobody's: who is signed in is asked before the next attempt, and a window that comes is reason for one. */
  doubtWho(): void {
    this.#askWho = true;
  }

  /** Sends, if there is somebody to hear it. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.socket.readyState === OPEN) this.#socket.socket.send(bytes);
  }

  /** Takes the connection down and connects again when its time has come. */
  drop(): void {
    this.#giveUp(() => undefined);
  }

  /** Nothing is sent or heard any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#socket?.socket.close();
    this.#socket = undefined;
  }

  #mayConnect(): boolean {
    return this.#socket === undefined && !this.#isRefused && !this.#isStopped;
  }

  #open(): void {
    const socket = this.#parts.open();
    const isCurrent = () => this.#socket?.socket === socket;
    this.#socket = { socket, since: Date.now() };
    this.#timer = setTimeout(() => isCurrent() && this.drop(), OPEN_MS_MAX);
    socket.addEventListener("open", () => {
      if (!isCurrent()) return;
      clearTimeout(this.#timer);
      this.#parts.opened();
    });
    socket.addEventListener("message", ({ data }) => {
      if (isCurrent()) this.#parts.received(new Uint8Array(data));
    });
    socket.addEventListener("close", () => {
      if (!isCurrent()) return;
      this.#socket = undefined;
      this.#lost();
    });
  }

  #giveUp(then: () => void): void {
    const current = this.#socket;
    if (current === undefined) return;
    this.#socket = undefined;
    current.socket.close();
    // Not within the step of the core that asked for it.
    queueMicrotask(() => {
      this.#lost();
      then();
    });
  }

  #lost(): void {
    const wait = this.#parts.lost();
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    // Not all at once after a restart of the server.
    this.#timer = setTimeout(() => this.connect(), wait * (0.5 + Math.random()));
  }
}
