// An editor that is not ours, as its authors' manual puts one together: the repository, the socket, `init` with its own
// schema, a ProseMirror view. It knows a socket and a document's URL, from its address, and nothing else of this server.
import { Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { init } from "@automerge/prosemirror";
import { baseKeymap, toggleMark } from "prosemirror-commands";
import { keymap } from "prosemirror-keymap";
import { EditorState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";

const RETRY_MS = 500;
const asked = new URLSearchParams(location.hash.slice(1));

const repo = new Repo({ network: [new WebSocketClientAdapter(asked.get("socket"), RETRY_MS)] });
// The library calls a document unavailable when nobody has greeted within a second, which a busy machine takes.
await new Promise((greeted) => repo.networkSubsystem.once("peer", greeted));
const handle = await repo.find(asked.get("document"));
const { schema, pmDoc, plugin } = init(handle, ["text"]);
const marks = { "Mod-b": toggleMark(schema.marks.strong), "Mod-i": toggleMark(schema.marks.em) };
const state = EditorState.create({ schema, doc: pmDoc, plugins: [keymap({ ...baseKeymap, ...marks }), plugin] });
new EditorView(document.getElementById("editor"), { state, attributes: { "aria-label": "Stranger" } });
