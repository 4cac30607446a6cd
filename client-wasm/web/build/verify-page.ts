// Builds `controleren.html`: the page that checks exports, with script, style, type and wasm core inside it.
//
// Why one file: it works without a server and years later, from anybody's disk, where a page may load nothing.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

const FOLDER = new URL("../src/verify/", import.meta.url);
const CORE = new URL("../src/core/pkg-check/client_wasm_bg.wasm", import.meta.url);
const TYPE = new URL("../node_modules/@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2", import.meta.url);

/** The plugin. It comes after the service worker's: that one keeps no copy of a page that people keep themselves. */
export function verifyPage(): Plugin {
  return {
    name: "verify-page",
    apply: "build",
    enforce: "post",
    async generateBundle() {
      const type = `@font-face{font-family:"Source Sans 3";font-weight:200 900;src:url(data:font/woff2;base64,${base64(TYPE)}) format("woff2")}`;
      const source = filledPage(readFileSync(new URL("page.html", FOLDER), "utf8"), {
        STYLE: `${type}\n${readFileSync(new URL("verify.css", FOLDER), "utf8")}`,
        WASM: base64(CORE),
        SCRIPT: await script(),
      });
      this.emitFile({ type: "asset", fileName: "controleren.html", source });
    },
  };
}

function base64(file: URL): string {
  return readFileSync(file).toString("base64");
}

/** The page's own code and all it imports, as one classic script: modules do not load from a disk. */
async function script(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      target: "es2022",
      lib: { entry: fileURLToPath(new URL("main.ts", FOLDER)), formats: ["iife"], name: "verify" },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) => ("output" in each ? each.output : []));
  const [code, ...others] = outputs.filter((each) => each.type === "chunk");
  if (!code || others.length > 0) throw new Error("the page that checks exports must be one script");
  return code.code;
}

/** The template with its blanks filled in. Text that would end the script early is refused. */
export function filledPage(template: string, parts: Readonly<Record<"STYLE" | "WASM" | "SCRIPT", string>>): string {
  if (/<\/(script|style)/i.test(parts.SCRIPT + parts.STYLE)) throw new Error("a part of the page would end it early");
  return template.replace(/__(STYLE|WASM|SCRIPT)__/g, (_blank, name: keyof typeof parts) => parts[name]);
}
