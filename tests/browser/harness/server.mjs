// The real server on a free port and a directory of its own, with the sample plan and its five people.
//
// Why it exists: these tests try the product, so nothing stands in for it. `kill` is SIGKILL: no goodbye, no flush.
// `start` again opens the same data on the same port, as an operator's restart would.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../../target/demo/schrijftafel", import.meta.url));
const LINK = /https?:\/\/\S+\/aanmelden#token=[\w.~-]+/g;
/** The program as it was built for these tests. */
export function program() {
  const binary = process.env.SCHRIJFTAFEL_BIN ?? BUILT;
  if (!existsSync(binary)) throw new Error(`no server at ${binary}: run \`make browser-tests\``);
  return binary;
}

/** The order in which the demo introduces its people. */
const PEOPLE = ["writer", "secondWriter", "coalition", "programme", "secondProgramme"];
const START_MS_MAX = 60_000;

export class Server {
  #process = null;
  #output = "";

  constructor(port) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.data = mkdtempSync(join(tmpdir(), "schrijftafel-"));
    /** What else the program is started with. */
    this.options = [];
    /** What is put before the C library of the program, by environment variable. */
    this.surroundings = {};
    /** One-time sign-in links by person, fresh with every start. */
    this.links = {};
  }

  /** A server with the sample plan, listening. */
  static async started(...options) {
    const server = new Server(await freePort());
    server.options = options;
    await server.start();
    return server;
  }

  /** The same on a disk that fails when it is told to. */
  static async startedOn(disk) {
    const server = new Server(await freePort());
    server.surroundings = disk.surroundings;
    await server.start();
    return server;
  }

  async start() {
    this.#output = "";
    const child = spawn(program(), ["demo", "--data", this.data, "--listen", `127.0.0.1:${this.port}`, ...this.options], {
      env: { ...process.env, ...this.surroundings },
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (this.#output += bytes));
    await this.#ready(child);
    const links = this.#output.match(LINK) ?? [];
    if (links.length !== PEOPLE.length) throw new Error(`expected five sign-in links:\n${this.#output}`);
    this.links = Object.fromEntries(PEOPLE.map((name, index) => [name, links[index]]));
  }

  /** One more link for a person, as an operator makes it while the server runs. */
  linkFor({ person, party }) {
    const made = spawnSync(program(), ["sign-in-link", "--data", this.data, "--origin", this.url, "--person", person.id, "--party", party.id], { encoding: "utf8" });
    const [link] = made.stdout.match(LINK) ?? [];
    if (link === undefined) throw new Error(`no link: ${made.stderr}`);
    return link;
  }

  /** What the server said since its last start. */
  get output() {
    return this.#output;
  }

  /** SIGKILL: the process is gone before it can do anything about it. */
  async kill() {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }

  /** Ends it as an operator would, and removes its data. */
  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await gone;
    }
    rmSync(this.data, { recursive: true, force: true });
  }

  async #ready(child) {
    const end = Date.now() + START_MS_MAX;
    while (Date.now() < end) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${this.#output}`);
      const answer = await fetch(`${this.url}/healthz`).catch(() => null);
      if (answer?.ok && (this.#output.match(LINK) ?? []).length === PEOPLE.length) return;
      await new Promise((go) => setTimeout(go, 100));
    }
    throw new Error(`the server was not ready within ${START_MS_MAX / 1000} s:\n${this.#output}`);
  }
}

/** A port that nobody listens on. */
export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
