// A party's witness as a real process beside the server, and the server told to ask it.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, program } from "./server.mjs";

export class Witness {
  #process = null;

  constructor(id, party, port) {
    this.id = id;
    this.party = party;
    this.port = port;
    this.data = mkdtempSync(join(tmpdir(), "schrijftafel-witness-"));
  }

  /** A witness of a party that trusts every log of a server. */
  static async of(server, id, party) {
    const witness = new Witness(id, party, await freePort());
    const config = spawnSync(program(), ["audit", "witness-config", "--data", server.data], { encoding: "utf8" });
    if (config.status !== 0) throw new Error(config.stderr);
    writeFileSync(join(witness.data, "logs.toml"), config.stdout);
    await witness.start();
    return witness;
  }

  async start() {
    const child = spawn(program(), ["witness", "--name", `${this.id}.example`, "--listen", `127.0.0.1:${this.port}`, "--data", this.data]);
    this.#process = child;
    let said = "";
    child.stdout.on("data", (bytes) => (said += bytes));
    child.stderr.resume();
    while (!said.includes("\n")) {
      if (child.exitCode !== null) throw new Error(`the witness ended with ${child.exitCode}`);
      await new Promise((go) => setTimeout(go, 20));
    }
    this.key = said.split("\n")[0].trim();
  }

  async kill() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }

  async stop() {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  toml() {
    return `[[witness]]\nid = "${this.id}"\nparty = "${this.party}"\nurl = "http://127.0.0.1:${this.port}"\nkeys = ["${this.key}"]\n`;
  }
}

/** Writes down whom a server asks; read at its next start. */
export function askAll(server, witnesses) {
  writeFileSync(join(server.data, "witnesses.toml"), `required = ${witnesses.length}\n${witnesses.map((each) => each.toml()).join("")}`);
}
