// A page that is not ours, of another origin: the editor of `@automerge/prosemirror`, built from its packages as
// anybody would, and served by a server that knows nothing of ours.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const FOLDER = "tests/strangers/prosemirror";
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PAGE = '<!doctype html><html lang="nl"><title>Stranger</title><style>.ProseMirror{white-space:pre-wrap}</style><div id="editor"></div><script type="module" src="page.js"></script></html>';

/** Builds the page and serves it; `stop` when done. */
export async function strangersPage() {
  execFileSync("scripts/npm-ci.sh", [FOLDER], { cwd: ROOT, stdio: "inherit" });
  execFileSync("npm", ["run", "--silent", "build"], { cwd: `${ROOT}${FOLDER}`, stdio: "inherit" });
  const script = readFileSync(`${ROOT}${FOLDER}/built/page.js`);
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    /** The address at which it opens a document over a socket. */
    address: (socket, document) => `http://127.0.0.1:${port}/#${new URLSearchParams({ socket, document })}`,
    stop: () => new Promise((done) => server.close(done)),
  };
}

/**
 * What a text field shows, one line for each block: in what it stands, and its words with their marks, as in
 * `ul>li>p: thuis |strong:samen|`.
 */
export async function outline(field) {
  return field.evaluate((root) => {
    const within = (node, wanted) => {
      const path = [];
      for (let at = node; at !== root && at !== null; at = at.parentElement) {
        if (wanted.includes(at.localName)) path.unshift(at.localName);
      }
      return path;
    };
    const blocks = ["ul", "ol", "li", "blockquote", "aside", "p", "h1", "h2", "h3", "h4", "h5", "h6"];
    const lines = [];
    for (const block of root.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
      const runs = [];
      const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        if (node.parentElement.closest(".cursor") !== null) continue;
        const marks = within(node.parentElement, ["strong", "em", "a"]).toSorted();
        const link = node.parentElement.closest("a")?.getAttribute("href");
        const named = marks.map((mark) => (mark === "a" ? `a ${link}` : mark)).join(" ");
        const last = runs.at(-1);
        if (last !== undefined && last.named === named) last.text += node.data;
        else runs.push({ named, text: node.data });
      }
      const words = runs.map(({ named, text }) => (named === "" ? text : `|${named}:${text}|`)).join("");
      lines.push(`${within(block, blocks).join(">")}: ${words}`);
    }
    return lines;
  });
}
