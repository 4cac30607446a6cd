// The same server as another release of it: what stands between a browser and a server that was renewed meanwhile.
//
// Why it exists: an older release cannot be built here on every run. What a window of one meets is another name of the
// build, files that are gone, and a server that no longer speaks its protocol; here the real server answers with these.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";

/** CBOR of a protocol version that no release speaks. */
const UNKNOWN_VERSION = 23;
/** Where the versions stand in a `Hello`: array, tag, array of versions, version, … */
const VERSIONS_AT = 2;
/** CBOR of an array of none. */
const ARRAY = 0x80;

export class Release {
  /** The name of the build that is served instead of the real one. */
  build = null;
  /** Files that this release no longer has. */
  gone = null;
  /** Whether the protocol of the pages is refused. */
  refusesProtocol = false;
  #server;

  static async of(server) {
    const release = new Release();
    release.#server = createServer((asked, answer) => release.#pass(server.port, asked, answer));
    release.#server.on("upgrade", (asked, socket, head) => release.#join(server.port, { asked, socket, head }));
    release.#server.listen(0, "127.0.0.1").unref();
    await once(release.#server, "listening");
    release.port = release.#server.address().port;
    release.url = `http://127.0.0.1:${release.port}`;
    release.links = Object.fromEntries(Object.entries(server.links).map(([who, link]) => [who, link.replace(server.url, release.url)]));
    return release;
  }

  #pass(port, asked, answer) {
    if (this.gone?.test(asked.url)) {
      answer.writeHead(404).end();
      return;
    }
    const headers = { ...asked.headers };
    // What is changed on the way is asked for whole and plain.
    for (const name of ["accept-encoding", "if-none-match"]) delete headers[name];
    const passed = request({ port, host: "127.0.0.1", path: asked.url, method: asked.method, headers }, (given) => void this.#give(asked, given, answer));
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  }

  async #give(asked, given, answer) {
    const isNamed = asked.url === "/service-worker.js" || (given.headers["content-type"] ?? "").startsWith("text/html");
    if (this.build === null || !isNamed) {
      answer.writeHead(given.statusCode, given.headers);
      given.pipe(answer);
      return;
    }
    const { "content-length": _, etag: __, ...headers } = given.headers;
    let text = "";
    for await (const piece of given.setEncoding("utf8")) text += piece;
    answer.writeHead(given.statusCode, headers).end(this.#renamed(text));
  }

  #renamed(text) {
    const named = text.replace(/(schrijftafel-build" content="|const BUILD = ")[^"]*/, `$1${this.build}`);
    return named.replace(/const FILES = (\[.*?\]);/, (_, files) => `const FILES = ${JSON.stringify(JSON.parse(files).filter((name) => !this.gone?.test(name)))};`);
  }

  #join(port, { asked, socket, head }) {
    const far = connect(port, "127.0.0.1");
    const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
    for (let at = 0; at < asked.rawHeaders.length; at += 2) lines.push(`${asked.rawHeaders[at]}: ${asked.rawHeaders[at + 1]}`);
    far.write(`${lines.join("\r\n")}\r\n\r\n`);
    if (head.length > 0) far.write(head);
    let isFirst = true;
    socket.on("data", (bytes) => {
      if (isFirst && this.refusesProtocol) askForAnother(bytes);
      isFirst = false;
      far.write(bytes);
    });
    far.pipe(socket);
    for (const [one, other] of [[socket, far], [far, socket]]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }
}

/** Changes the versions that a `Hello` offers. A client's frame is masked: two bytes, four of mask, then the message. */
function askForAnother(frame) {
  const mask = frame.subarray(2, 6);
  const message = frame.subarray(6);
  const count = (message[VERSIONS_AT] ^ mask[VERSIONS_AT % 4]) - ARRAY;
  if (count < 1 || count > 23) throw new Error(`a Hello offers one version or more there, this is ${count}`);
  for (let at = VERSIONS_AT + 1; at <= VERSIONS_AT + count; at += 1) message[at] = UNKNOWN_VERSION ^ mask[at % 4];
}
