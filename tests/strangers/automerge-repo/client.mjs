// A client that is not ours: the real automerge-repo packages, told what to do by lines of JSON on its input, each
// answered by one line of JSON. It knows an address and a document's URL, and nothing else of this server.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as Automerge from "@automerge/automerge";
import { cbor, Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";

const PATIENCE_MS = 30_000;
const RETRY_MS = 500;
const TEXT = ["text"];
/** Where every message that is sent is kept, for the fuzzer to begin with; not set: nowhere. */
const FRAMES = process.env.REPO_FRAMES;

// The output is for answers alone: the library now and then logs there what it met.
console.log = console.error;
console.info = console.error;
console.debug = console.error;

let repo;
let adapter;
let handle;
const heard = [];
const errors = [];

/** Keeps each message as the library encodes it, once, under its digest. */
function keepWhatIsSent(adapter) {
  mkdirSync(FRAMES, { recursive: true });
  const send = adapter.send.bind(adapter);
  adapter.send = (message) => {
    const bytes = Buffer.from(cbor.encode(message));
    writeFileSync(`${FRAMES}/${createHash("sha256").update(bytes).digest("hex")}`, bytes);
    send(message);
  };
}

/** Waits until something holds. */
async function until(what, holds) {
  const end = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited too long until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const asked = {
  /** Connects to a server; comes back by itself after a cut, as the library does. */
  async connect({ socket }) {
    adapter = new WebSocketClientAdapter(socket, RETRY_MS);
    // The library logs what servers call an error, and nothing else: it is noted here for the tests.
    const receive = adapter.receiveMessage.bind(adapter);
    adapter.receiveMessage = (bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      if (text.includes("error") && text.includes("message")) errors.push(text);
      receive(bytes);
    };
    if (FRAMES !== undefined) keepWhatIsSent(adapter);
    repo = new Repo({ network: [adapter] });
    // The library calls a document unavailable when nobody has greeted within a second, which a busy machine takes.
    await until("the server greets", () => repo.peers.length > 0);
    return {};
  },
  /** Opens a document by its URL. */
  async find({ url }) {
    try {
      handle = await repo.find(url);
      handle.on("ephemeral-message", ({ senderId, message }) => heard.push({ senderId, message }));
      return { found: true };
    } catch (error) {
      return { found: false, why: String(error.message ?? error) };
    }
  },
  /** Removes its copy of a document and opens it again, which the end of the connection may come in between of. */
  async findAnew({ url }) {
    let found;
    for (let round = 0; round < 20 && !found?.found; round += 1) {
      repo.delete(url);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      await until("the server greets", () => repo.peers.length > 0);
      found = await asked.find({ url });
    }
    return found;
  },
  goOffline() {
    repo.networkSubsystem.disconnect();
    return {};
  },
  async comeBack() {
    repo.networkSubsystem.reconnect();
    return {};
  },
  splice({ at, deleted, text }) {
    handle.change((doc) => Automerge.splice(doc, TEXT, at, deleted, text));
    return {};
  },
  actor() {
    return { actor: Automerge.getActorId(handle.doc()) };
  },
  /** Types under an actor that is not this program's. */
  spliceAs({ actor, at, text }) {
    handle.update((doc) => {
      const typed = Automerge.change(Automerge.clone(doc, { actor }), (it) => Automerge.splice(it, TEXT, at, 0, text));
      return Automerge.applyChanges(doc, [Automerge.getLastLocalChange(typed)])[0];
    });
    return {};
  },
  mark({ start, end, name, value }) {
    handle.change((doc) => Automerge.mark(doc, TEXT, { start, end, expand: "after" }, name, value));
    return {};
  },
  /** A change that is no text's. */
  put({ key, value }) {
    handle.change((doc) => {
      doc[key] = value;
    });
    return {};
  },
  text() {
    return { text: handle.doc().text };
  },
  async until({ text }) {
    await until(`the text is ${JSON.stringify(text)}, it is ${JSON.stringify(handle.doc().text)}`, () => handle.doc().text === text);
    return {};
  },
  async untilLength({ length }) {
    await until(`the text has ${length} letters, it has ${handle.doc().text.length}`, () => handle.doc().text.length === length);
    return {};
  },
  /** Spans in plain JSON: a string that cannot be edited is an object to the library. */
  spans() {
    const plain = (_, value) => (value instanceof Automerge.ImmutableString ? value.val : value);
    return JSON.parse(JSON.stringify({ spans: Automerge.spans(handle.doc(), TEXT) }, plain));
  },
  cursor({ at }) {
    return { cursor: Automerge.getCursor(handle.doc(), TEXT, at) };
  },
  position({ cursor }) {
    return { at: Automerge.getCursorPosition(handle.doc(), TEXT, cursor) };
  },
  broadcast({ message }) {
    handle.broadcast(message);
    return {};
  },
  /** With `has` only what has that field too: who is somewhere was told of before, without a place. */
  async untilHeard({ field, value, has = field }) {
    const says = ({ message }) => message?.[field] === value && typeof message[has] === "string";
    await until(`somebody says ${field} ${value}, heard was ${JSON.stringify(heard)}`, () => heard.some(says));
    return { heard: heard.find(says) };
  },
  async untilError({ part, times = 1 }) {
    const said = () => errors.filter((error) => error.includes(part)).length;
    await until(`the server says ${part} ${times} times, it said ${JSON.stringify(errors)}`, () => said() >= times);
    return {};
  },
  errors() {
    return { errors };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, ...how } = JSON.parse(line);
  let answer;
  try {
    answer = await asked[what](how);
  } catch (error) {
    answer = { failed: String(error.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
