// Carries out what the core says: the socket, the device's store, and what each window hears.
//
// Nothing is decided here. Order matters: effects are carried out one batch after the other, and a change is
// handed to the socket only after its row is on disk.
import type { Core } from "./pkg/client_wasm.js";
import { DeskMemory } from "./deskMemory.ts";
import { KeptKeys } from "./keptKeys.ts";
import type { FromWorker, Told, ToWorker } from "./protocol.ts";
import { type Effect, writesOf } from "./rows.ts";
import type { Saving } from "./saving.ts";
import { ServerLine, type Socket } from "./serverLine.ts";
import { isSomebodyElse } from "./sessionCheck.ts";
import type { Store } from "./store.ts";
import { writersOf } from "./writers.ts";

/** How often the core hears that time passes when nothing else happens. */
const HEARTBEAT_MS = 1_000;
/** Chapters that are open only for what waits in them; a connection has room for more, which windows may need. */
const QUIET_MAX = 24;

/** What the runner needs of the world. */
export interface Parts {
  readonly who: string;
  readonly core: Core;
  readonly store: Store | undefined;
  readonly saving: Saving;
  /** Whether no other worker uses the store. */
  readonly isAlone: boolean;
  readonly post: (window: number, message: FromWorker) => void;
  readonly windows: () => Iterable<number>;
  /** The core cannot go on. */
  readonly crashed: (what: string) => void;
}

export class Runner {
  readonly #parts: Parts;
  readonly #memory: DeskMemory;
  /** Which windows show a chapter. */
  readonly #shown = new Map<string, Set<number>>();
  readonly #opening = new Map<string, Promise<void>>();
  /** Chapters still to be opened for what waits in them. */
  #quiet: string[] = [];
  #quietOpen = 0;
  readonly #line: ServerLine;
  #due: ReturnType<typeof setTimeout> | undefined;
  readonly #kept: KeptKeys;
  /** Erased texts whose deletion is not known to be durable yet. */
  #gone: [chapter: string, before: number][] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#kept = new KeptKeys(parts);
    this.#line = new ServerLine({
      open: () => openSocket(parts.who),
      isSomebodyElse: () => isSomebodyElse(parts.who),
      opened: () => this.step(() => parts.core.connected(Date.now())),
      received: (bytes) => this.step(() => parts.core.received(Date.now(), bytes)),
      lost: () => this.#lost(),
      probe: () => this.step(() => parts.core.probe(Date.now())),
    });
    this.#memory = new DeskMemory(
      (state) => this.#toAll({ type: "desk", state }),
      // Worth no alarm when it fails: what they are about is stored.
      (reunions) => void parts.store?.keepReunions(reunions).catch(() => undefined),
    );
    parts.saving.onFull((isFull) => {
      this.#memory.full(isFull);
      this.step(() => parts.core.setFull(isFull));
    });
    setInterval(() => {
      this.step(() => parts.core.tick(Date.now()));
      parts.saving.tryAgain();
      this.#memory.forgetOld(Date.now());
    }, HEARTBEAT_MS);
  }

  /** Opens, a few at a time, the chapters in which words wait. */
  async begin(): Promise<void> {
    this.#line.connect();
    this.#memory.restore((await this.#parts.store?.reunions()) ?? [], Date.now());
    this.#quiet = (await this.#parts.store?.chaptersWithWords()) ?? [];
    this.#openQuietly();
  }

  /** Stores what is under way. */
  async stop(): Promise<void> {
    this.step(() => this.#parts.core.flush(Date.now()));
    await this.#parts.saving.settled();
    this.#line.stop();
  }

  /** Lets the core take a step, and carries out what follows. */
  step(take: () => void): void {
    try {
      take();
      this.#carryOut(this.#parts.core.effects() as Effect[]);
      this.#schedule();
    } catch (error) {
      this.#parts.crashed(String(error));
    }
  }

  #lost(): number {
    this.#memory.connected(false);
    let wait = 0;
    this.step(() => {
      wait = this.#parts.core.disconnected();
    });
    return wait;
  }

  /** A window says something. What concerns a chapter waits until the chapter is read from the store. */
  take(window: number, message: ToWorker): void {
    const opening = "chapter" in message ? this.#opening.get(`${message.plan}/${message.chapter}`) : undefined;
    if (opening === undefined) this.#take(window, message);
    else void opening.then(() => this.take(window, message));
  }

  #take(window: number, message: ToWorker): void {
    const { core } = this.#parts;
    const now = Date.now();
    switch (message.type) {
      case "open":
        this.#open(message.plan, message.chapter, window);
        break;
      case "close":
        this.#leave(window, `${message.plan}/${message.chapter}`);
        break;
      case "edit": {
        const { base, range } = message;
        this.step(() => core.edit(now, message.plan, message.chapter, JSON.stringify({ window, base, range })));
        break;
      }
      case "seen":
        this.step(() => core.seen(message.plan, message.chapter, window, message.version));
        break;
      case "select":
        this.step(() => core.select(message.plan, message.chapter, message.version, JSON.stringify(message.places)));
        break;
      case "discard-refused":
        this.#memory.discarded(`${message.plan}/${message.chapter}`, message.id);
        this.step(() => core.discardRefused(message.plan, message.chapter, message.id));
        break;
      case "flush":
        this.step(() => core.flush(now));
        break;
      case "look":
        this.#line.look();
        this.step(() => core.look(now));
        break;
      case "settle":
        this.step(() => core.flush(now));
        void this.#parts.saving.settled().then(() => this.#parts.post(window, { type: "settled", ticket: message.ticket, kept: core.unstored() === 0 }));
        break;
      case "reunion-read":
        this.#memory.read(message.of);
        break;
      case "network":
        if (message.online) this.#line.atOnce();
        else this.#line.drop();
        break;
      case "window":
      case "bye":
        break;
      default:
        message satisfies never;
    }
  }

  /** A window came: it hears what there is to know whatever it shows. */
  came(window: number): void {
    this.#parts.post(window, { type: "desk", state: this.#memory.state });
    // It was loaded just now: the server may be there again, or be another one.
    this.#line.refused(false);
    this.#line.atOnce();
  }

  /** A window is gone. */
  gone(window: number): void {
    for (const [key, windows] of this.#shown) if (windows.has(window)) this.#leave(window, key);
  }

  #open(plan: string, chapter: string, window: number | null): void {
    const { core } = this.#parts;
    const key = `${plan}/${chapter}`;
    const join = () => {
      if (window === null) return;
      const windows = this.#shown.get(key) ?? new Set();
      this.#shown.set(key, windows.add(window));
      this.step(() => core.join(plan, chapter, window));
    };
    if (core.isOpen(plan, chapter)) {
      join();
      return;
    }
    const opening = this.#kept.open(key).then((known) => {
      this.#opening.delete(key);
      this.step(() => core.open(plan, chapter, known));
      join();
      this.step(() => core.sweep(Date.now()));
    });
    this.#opening.set(key, opening);
  }

  #leave(window: number, key: string): void {
    const windows = this.#shown.get(key);
    if (windows?.delete(window) !== true) return;
    if (windows.size === 0) this.#shown.delete(key);
    const [plan = "", chapter = ""] = key.split("/");
    this.step(() => this.#parts.core.leave(Date.now(), plan, chapter, window));
  }

  /** Tells the core of which chapters something is stored. What cannot be read is asked again on the next connection. */
  async #readHeld(): Promise<void> {
    const chapters = await this.#parts.store?.chapters();
    if (chapters !== undefined) this.step(() => this.#parts.core.held(chapters));
  }

  /** Hands the core what is stored of a chapter, so that it says what is to go. */
  async #readKept(chapter: string, before: number): Promise<void> {
    const known = await this.#kept.look(chapter);
    this.step(() => this.#parts.core.wipe(Date.now(), chapter, before, known));
  }

  #openQuietly(): void {
    while (this.#quietOpen < QUIET_MAX) {
      const [plan = "", chapter = ""] = this.#quiet.shift()?.split("/") ?? [];
      if (plan === "") return;
      const key = `${plan}/${chapter}`;
      if (this.#opening.has(key) || this.#parts.core.isOpen(plan, chapter)) continue;
      this.#quietOpen += 1;
      this.#open(plan, chapter, null);
    }
  }

  #schedule(): void {
    clearTimeout(this.#due);
    const due = this.#parts.core.dueMs();
    if (due === undefined) return;
    this.#due = setTimeout(() => this.step(() => this.#parts.core.tick(Date.now())), Math.max(0, due - Date.now()));
  }

  #carryOut(effects: readonly Effect[]): void {
    const rows: Effect[] = [];
    const gone = this.#gone.length;
    for (const effect of effects) {
      const [kind, of, a, b] = effect;
      const chapter = of ?? "";
      switch (kind) {
        case "send":
          this.#line.send(a as Uint8Array<ArrayBuffer>);
          break;
        case "tell":
          this.#tell(chapter, a as string, () => true);
          break;
        case "tell-window":
          this.#tell(chapter, a as string, (window) => window === b);
          break;
        case "tell-others":
          this.#tell(chapter, a as string, (window) => window !== b);
          break;
        case "report":
          this.#memory.report(chapter, a as string, Date.now());
          break;
        case "ask-writers":
          void writersOf(chapter, b as string).then((answer) => this.step(() => this.#parts.core.writers(a as number, answer)));
          break;
        case "closed":
          this.#memory.closed(chapter);
          this.#quietOpen = Math.max(0, this.#quietOpen - 1);
          queueMicrotask(() => this.#openQuietly());
          break;
        case "goodbye":
          this.#goodbye(a as string);
          break;
        case "reconnect":
          this.#line.drop();
          break;
        case "read-held":
          // Said first on each connection.
          this.#memory.connected(true);
          this.#readHeld().catch(() => this.#parts.saving.cannotRead());
          break;
        case "read-kept":
          void this.#readKept(chapter, a as number);
          break;
        case "confirm":
          this.#gone.push([chapter, a as number]);
          break;
        case "drop-kept":
        case "store-anew":
          this.#memory.textReplaced(chapter);
          rows.push(effect);
          break;
        default:
          rows.push(effect);
      }
    }
    // What could not be confirmed before goes along with the next write; alone it would try a full device at every step.
    if (rows.length > 0 || this.#gone.length > gone) this.#save(rows);
  }

  #goodbye(code: string): void {
    if (code === "not-signed-in") this.#line.doubtWho();
    if (code !== "no-common-version") return;
    this.#line.refused(true);
    this.#toAll({ type: "refused-version" });
  }

  #save(rows: readonly Effect[]): void {
    const stored = rows.filter(([kind]) => kind === "store-outbox").map(([, , hash]) => hash as Uint8Array);
    const writes = rows.flatMap((effect) => writesOf(effect, this.#kept));
    const gone = this.#gone;
    this.#gone = [];
    void this.#parts.saving.save(writes).then((isAll) => {
      if (gone.length > 0 && isAll) {
        this.step(() => {
          for (const [chapter, before] of gone) this.#parts.core.wiped(chapter, before);
        });
      } else {
        // It is said once everything that waits fits.
        this.#gone.push(...gone);
      }
      if (stored.length === 0) return;
      const hashes = new Uint8Array(stored.length * 32);
      stored.forEach((hash, at) => hashes.set(hash, at * 32));
      this.step(() => this.#parts.core.stored(hashes));
    });
  }

  #tell(chapter: string, json: string, to: (window: number) => boolean): void {
    const windows = [...(this.#shown.get(chapter) ?? [])].filter(to);
    const isStatus = json.includes('"type":"status"');
    if (windows.length === 0 && !isStatus) return;
    const message = JSON.parse(json) as Told;
    if (message.type === "status") {
      this.#memory.status(chapter, message);
      if (message.readOnlyReason === "not-signed-in") this.#line.doubtWho();
    }
    for (const window of windows) this.#parts.post(window, { type: "told", chapter, message });
  }

  #toAll(message: FromWorker): void {
    for (const window of this.#parts.windows()) this.#parts.post(window, message);
  }
}

function openSocket(who: string): Socket {
  const scheme = self.location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${self.location.host}/sync?as=${encodeURIComponent(who)}`);
  socket.binaryType = "arraybuffer";
  return socket;
}
