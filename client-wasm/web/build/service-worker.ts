// Builds `service-worker.js`: it names every file of this build, so that the pages open without a connection.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const TEMPLATE = fileURLToPath(new URL("service-worker.template.js", import.meta.url));

/** The plugin: puts the list of built files, and a name for this build, into the template. */
export function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files = Object.values(bundle)
        .filter((file) => !file.fileName.endsWith(".map") && !isOnDemand(file))
        .map(({ fileName }) => `/${fileName}`)
        .filter((name) => name !== "/index.html")
        .sort();
      const template = readFileSync(TEMPLATE, "utf8");
      const first = bundle["index.html"];
      if (first?.type !== "asset") throw new Error("the build has no index.html");
      const hash = createHash("sha256");
      // Names of files carry a hash of their content; the worker's own code decides what it does with them.
      for (const part of [...files, first.source, template]) hash.update(part);
      const build = hash.digest("hex").slice(0, 16);
      first.source = named(String(first.source), build);
      this.emitFile({ type: "asset", fileName: "service-worker.js", source: filled(template, files, build) });
    },
  };
}

/** The core that checks proofs: a proof comes from the server, so without a connection there is nothing to check. */
export function isOnDemand(file: { readonly type: "asset" | "chunk"; readonly originalFileNames?: readonly string[] }): boolean {
  return file.type === "asset" && (file.originalFileNames ?? []).some((name) => name.includes("core/pkg-proof/"));
}

/** The template with its two blanks filled in. */
export function filled(template: string, files: readonly string[], build: string): string {
  return template.replace("__FILES__", JSON.stringify(["/", ...files])).replace("__BUILD__", JSON.stringify(build));
}

/** The first page with the name of its build, by which a window knows whether the worker is of its own release. */
export function named(page: string, build: string): string {
  return page.replace("<title>", `<meta name="schrijftafel-build" content="${build}" />\n    <title>`);
}
