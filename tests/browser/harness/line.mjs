// One person's line to the server: a TCP relay that can be cut and mended.
//
// Why it exists: a browser's own "offline" switch leaves open sockets of workers alone. A train in a tunnel does
// not: here every connection dies at once and new ones are refused, until the line is mended on the same port.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Line {
  #sockets = new Set();
  /** Which of them are WebSockets, as seen from the browser. */
  #live = new Set();
  #relay = null;
  /** Bytes that came from the server. */
  received = 0;
  /** Called with everything that comes from the server over a WebSocket. */
  onLive = () => undefined;

  constructor(serverPort) {
    this.serverPort = serverPort;
  }

  static async to(server) {
    const line = new Line(server.port);
    await line.mend();
    line.url = `http://127.0.0.1:${line.port}`;
    return line;
  }

  /** How many WebSockets of this person's browser are open and carry something. */
  get live() {
    return this.#live.size;
  }

  /** Every connection dies, new ones are refused. */
  async cut() {
    const closed = once(this.#relay, "close");
    this.#relay.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Connections are possible again, on the same port. */
  async mend() {
    this.#relay = createServer((near) => this.#join(near)).listen(this.port ?? 0, "127.0.0.1");
    // A line nobody uses any more keeps no test from ending.
    this.#relay.unref();
    await once(this.#relay, "listening");
    this.port = this.#relay.address().port;
  }

  /**
   * The WebSockets that are open now carry nothing any more, and nobody is told: a device that changed from one network to
   * another. What is opened from here on works.
   */
  deafen() {
    for (const socket of this.#live) {
      socket.near.unpipe(socket.far);
      socket.far.unpipe(socket.near);
      socket.near.resume();
      socket.far.resume();
    }
    this.#live.clear();
  }

  #join(near) {
    const far = connect(this.serverPort, "127.0.0.1");
    for (const [socket, other] of [[near, far], [far, near]]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    const pair = { near, far };
    near.once("data", (bytes) => {
      if (/^upgrade: websocket/im.test(String(bytes))) this.#live.add(pair);
    });
    near.on("close", () => this.#live.delete(pair));
    far.on("data", (bytes) => {
      this.received += bytes.length;
      if (this.#live.has(pair)) this.onLive(bytes);
    });
    near.pipe(far);
    far.pipe(near);
  }
}
