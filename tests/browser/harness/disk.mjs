// A disk without room, under one server only: what its C library asks of the operating system is answered otherwise.
//
// Why it exists: filling the machine's own disk harms whoever else uses it, and works only while nobody else does.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../tests/whole/full_disk/failing.c", import.meta.url));

export class FailingDisk {
  #place = mkdtempSync(join(tmpdir(), "schrijftafel-disk-"));
  #fault = join(this.#place, "fault");

  constructor() {
    const library = join(this.#place, "failing.so");
    const built = spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`${SOURCE} does not compile:\n${built.stderr ?? built.error}`);
    this.surroundings = { LD_PRELOAD: library, DISK_FAULT: this.#fault };
  }

  /** From now on nothing more can be written. */
  fill() {
    writeFileSync(this.#fault, "grow");
  }

  giveRoom() {
    rmSync(this.#fault);
  }

  remove() {
    rmSync(this.#place, { recursive: true, force: true });
  }
}
