// A window's line to the worker: shared with the person's other windows where the browser can.
import type { FromWorker, ToWorker } from "./protocol.ts";
// oxlint-disable-next-line import/default -- what Vite gives for this is the address of the built worker
import workerUrl from "./worker.ts?worker&url";

/** What a window does with what it hears. */
export interface Ear {
  readonly receive: (message: FromWorker) => void;
  readonly failed: (what: string) => void;
}

/** How to say something to the worker. */
export type Say = (message: ToWorker) => void;

/** Connects this window to the worker of a person; `who` names them and their party. */
export function linkTo(who: string, ear: Ear): Say {
  const say = typeof SharedWorker === "function" ? shared(who, ear) : ownWorker(who, ear);
  stay(say);
  return say;
}

// Signing in as somebody else gives another worker: another name.
const nameFor = (who: string) => `schrijftafel ${who}`;

function shared(who: string, ear: Ear): Say {
  // Where the browser knows it, the worker outlives the last window for as long as it takes to store what was typed.
  const options: WorkerOptions & { readonly extendedLifetime: boolean } = { type: "module", name: nameFor(who), extendedLifetime: true };
  const worker = new SharedWorker(workerUrl, options);
  worker.addEventListener("error", () => ear.failed("the worker could not be loaded"));
  worker.port.addEventListener("message", (event: MessageEvent<FromWorker>) => ear.receive(event.data));
  worker.port.start();
  return (message) => worker.port.postMessage(message);
}

function ownWorker(who: string, ear: Ear): Say {
  const worker = new Worker(workerUrl, { type: "module", name: nameFor(who) });
  worker.addEventListener("error", (event) => ear.failed(event.message));
  worker.addEventListener("message", (event: MessageEvent<FromWorker>) => ear.receive(event.data));
  return (message) => worker.postMessage(message);
}

/** The worker learns that a window is gone by the lock that goes with it, however it went. */
function stay(say: Say): void {
  if (!("locks" in navigator)) {
    addEventListener("pagehide", () => say({ type: "bye" }));
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
    return;
  }
  const lock = `schrijftafel-window ${crypto.randomUUID()}`;
  void navigator.locks.request(lock, () => {
    say({ type: "window", lock });
    return new Promise(() => undefined);
  });
}
