// Somebody's own device: a browser that can be closed and started again, with everything it kept on disk.
//
// Why it exists: "nothing is lost" has to hold for a browser that is closed on a train and opened at home. A context of
// a running browser forgets everything when it goes; here only what was really written comes back.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESK, DUTCH, signIn, startOwnBrowser, until, watch } from "./browser.mjs";
import { Line } from "./line.mjs";
import { Plan } from "./plan.mjs";

/** Against waiting for ever. */
const KEEPS_MS_MAX = 180_000;

export class Device {
  #directory = mkdtempSync(join(tmpdir(), "schrijftafel-device-"));
  faults = [];

  /** A device of one of the sample plan's people, signed in. */
  static async of(server, who) {
    const device = new Device();
    device.line = await Line.to(server);
    await device.start();
    await signIn(device.page, server.links[who].replace(server.url, device.line.url));
    device.me = await (await device.page.request.get(`${device.line.url}/api/v1/session`)).json();
    device.plan = await Plan.of(device.line.url, device.page);
    return device;
  }

  /** Opens the browser, with one empty window. */
  async start() {
    this.context = await startOwnBrowser(this.#directory, { viewport: DESK, ...DUTCH });
    this.context.setDefaultTimeout(20_000);
    this.context.on("page", (page) => watch(page, this.faults));
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    watch(this.page, this.faults);
    if (this.plan !== undefined) this.plan.page = this.page;
  }

  /** Closes the browser, whatever its windows are doing. */
  async stop() {
    await this.context.close();
  }

  /**
   * Waits until the pages of this build are on the device, and this window is served by what keeps them. No time is
   * promised for that: on a very busy machine the browser may give the first visit up, and then the next one does it.
   */
  async keepsPages() {
    const state = () =>
      this.page.evaluate(async () => {
        if (document.readyState !== "complete") return "loading";
        const registration = await navigator.serviceWorker.getRegistration();
        if (registration === undefined) return "given up";
        if (navigator.serviceWorker.controller === null) return "installing";
        const kept = await caches.match("/api/v1/session", { cacheName: "schrijftafel-answers" });
        // What was asked before the worker was there is asked once more by the page; a lost question is asked here.
        if (kept === undefined) await fetch("/api/v1/session").then((answer) => answer.text());
        return kept === undefined ? "asking" : "kept";
      });
    let seenGivenUp = 0;
    await until(
      "the pages are kept",
      async () => {
        const now = await state();
        seenGivenUp = now === "given up" ? seenGivenUp + 1 : 0;
        // Registering begins a moment after the page is complete; later there is nothing to wait for.
        if (seenGivenUp > 20) {
          seenGivenUp = 0;
          await this.page.reload();
        }
        return now === "kept";
      },
      { ms: KEEPS_MS_MAX, every: 250 },
    );
  }

  /** Ends it, and forgets everything it kept. */
  async discard() {
    await this.context.close().catch(() => undefined);
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
