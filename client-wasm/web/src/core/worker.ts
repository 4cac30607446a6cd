// The worker: one for all windows of a person in this browser. It owns the wasm core, the socket and the device's store.
//
// Where the browser has no shared workers each window starts one of its own, and the newest takes over (`alone.ts`).
import init, { Core } from "./pkg/client_wasm.js";
import wasmUrl from "./pkg/client_wasm_bg.wasm?url";
import { beAlone } from "./alone.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { Runner } from "./runner.ts";
import { Saving } from "./saving.ts";
import { Store } from "./store.ts";

/** What there is to talk through to a window: a port of a shared worker, or a worker of its own. */
interface Line {
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ToWorker>) => void): void;
  start?(): void;
}

declare const self: WorkerGlobal;
interface WorkerGlobal {
  readonly name: string;
  addEventListener(type: "connect", listener: (event: MessageEvent) => void): void;
  close(): void;
}

const lines = new Map<number, Line>();
let newest = 0;
let ended: FromWorker | null = null;

function post(window: number, message: FromWorker): void {
  lines.get(window)?.postMessage(message);
}

/** Nothing goes on here: every window hears why, and so does one that comes. */
function end(message: FromWorker): void {
  if (ended !== null) return;
  ended = message;
  for (const window of lines.keys()) post(window, message);
  // What was posted is on its way before the worker is gone.
  setTimeout(() => self.close(), 0);
}

async function start(who: string): Promise<Runner> {
  const owned: { runner: Runner | null } = { runner: null };
  const isAlone = await beAlone(who, {
    stepDown: async () => {
      await owned.runner?.stop();
      end({ type: "stepped-down" });
    },
    putAside: () => end({ type: "stepped-down" }),
  });
  const [, store] = await Promise.all([init({ module_or_path: wasmUrl }), Store.open(who).catch(() => undefined)]);
  const device = (await store?.device().catch(() => undefined)) ?? crypto.randomUUID();
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const runner = new Runner({
    who,
    core: new Core(device, crypto.randomUUID(), seed),
    store,
    saving: new Saving(store),
    isAlone,
    post,
    windows: () => lines.keys(),
    crashed: (what) => end({ type: "crashed", what }),
  });
  owned.runner = runner;
  await runner.begin().catch(() => undefined);
  return runner;
}

// Messages wait in their order until the core is there.
const [, who = ""] = self.name.split(" ");
const starting = start(who);
starting.catch((error: unknown) => end({ type: "crashed", what: String(error) }));

function came(line: Line): void {
  newest += 1;
  const window = newest;
  lines.set(window, line);
  if (ended !== null) post(window, ended);
  const gone = () => {
    lines.delete(window);
    void starting.then((runner) => runner.gone(window));
  };
  line.addEventListener("message", ({ data }) => {
    if (data.type === "window") void navigator.locks.request(data.lock, gone);
    else if (data.type === "bye") gone();
    else void starting.then((runner) => runner.take(window, data));
  });
  line.start?.();
  void starting.then((runner) => runner.came(window));
}

if ("onconnect" in self) {
  self.addEventListener("connect", ({ ports: [port] }) => {
    if (port !== undefined) came(port);
  });
} else {
  came(self as unknown as Line);
}
