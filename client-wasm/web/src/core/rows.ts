// The writes that the core's storing effects mean.
import { rowsOf, tailUpTo, type Write } from "./store.ts";

/** An effect of the core: its kind, the chapter (`plan/chapter`) and what belongs to it. */
export type Effect = [kind: string, chapter: string | null, a?: unknown, b?: unknown];

/** Under which keys rows stand whose keys the core does not know. */
export interface Keys {
  /** A change in the outbox, by its hash in hex. */
  outbox(hash: string): IDBValidKey | undefined;
  /** A new row of the outbox. */
  newOutbox(chapter: string, hash: string): IDBValidKey;
  /** The actor that was given to the core with a chapter. */
  actor(chapter: string): IDBValidKey | undefined;
}

/** Bytes as hex digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The writes of one storing effect. */
export function writesOf([kind, of, a, b]: Effect, keys: Keys): Write[] {
  const chapter = of ?? "";
  switch (kind) {
    case "store-outbox":
      return [{ kind: "put", store: "outbox", key: keys.newOutbox(chapter, hex(a as Uint8Array)), value: b as Uint8Array }];
    case "drop-outbox":
      return dropped("outbox", keys.outbox(hex(a as Uint8Array)));
    case "store-tail":
      return [{ kind: "put", store: "tail", key: [chapter, a as number, crypto.randomUUID()], value: b as Uint8Array }];
    case "store-state":
      return [
        { kind: "put", store: "state", key: [chapter], value: b as Uint8Array },
        { kind: "delete", store: "tail", key: tailUpTo(chapter, (a as number) + 1) },
      ];
    case "store-anew":
      return [
        { kind: "put", store: "state", key: [chapter], value: a as Uint8Array },
        { kind: "delete", store: "tail", key: rowsOf(chapter) },
        // An actor belongs to a generation.
        { kind: "delete", store: "actors", key: rowsOf(chapter) },
      ];
    case "drop-kept":
      return (["state", "tail", "actors"] as const).map((store) => ({ kind: "delete", store, key: rowsOf(chapter) }));
    case "store-actor":
      return [{ kind: "put", store: "actors", key: [chapter, a as number, b as Uint8Array<ArrayBuffer>], value: b as Uint8Array }];
    case "drop-actor":
      return dropped("actors", keys.actor(chapter));
    case "store-refused":
      return [{ kind: "put", store: "refused", key: [chapter, a as string], value: b as Uint8Array }];
    case "drop-refused":
      return [{ kind: "delete", store: "refused", key: [chapter, a as string] }];
    default:
      throw new Error(`unknown effect ${kind}`);
  }
}

function dropped(store: "outbox" | "actors", key: IDBValidKey | undefined): Write[] {
  return key === undefined ? [] : [{ kind: "delete", store, key }];
}

/** Rows without which words of one's own would be on no device: they are tried alone when all of them do not fit. */
export function ownWords(writes: readonly Write[]): Write[] {
  return writes.filter((write) => write.kind === "put" && (write.store === "outbox" || write.store === "refused"));
}
