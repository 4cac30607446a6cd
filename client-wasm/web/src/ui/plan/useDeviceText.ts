// A chapter's text as this device has it, for reading without a connection: with what was typed here and not sent.
//
// Why it exists: what was fetched for reading is as old as the last visit of the reading page. Who wrote in the chapter since
// has a newer text on the device, and one who never read it here has no other.
import { useEffect, useState } from "react";
import type { TextNode } from "../../api/types.ts";
import { openCore, type PmJson, type TopRange } from "../../core/client.ts";
import { useSession } from "../app/session.tsx";

export interface DeviceText {
  readonly document: TextNode;
  /** When it was last changed, UTC ms; null when that is not known. */
  readonly at: number | null;
}

interface Nodes {
  readonly of: string;
  readonly nodes: readonly PmJson[];
  readonly at: number | null;
}

/** The device's text of a chapter for as long as it is wanted; null when there is none here. */
export function useDeviceText(planId: string, chapterId: string, isWanted: boolean): DeviceText | null {
  const owner = useSession();
  const [held, setHeld] = useState<Nodes | null>(null);
  useEffect(() => {
    if (!isWanted) return undefined;
    const core = openCore(
      { planId, chapterId, owner },
      {
        onDocument: (_version, nodes, _answers, at) => setHeld({ of: chapterId, nodes, at }),
        onUpdate: ({ ranges }) => setHeld((before) => before && { ...before, nodes: replaced(before.nodes, ranges), at: Date.now() }),
        onStatus: () => undefined,
        onPeers: () => undefined,
        onRestored: () => undefined,
      },
    );
    return () => {
      core.close();
      setHeld(null);
    };
  }, [planId, chapterId, owner, isWanted]);
  if (!isWanted || held === null || held.of !== chapterId) return null;
  return { document: { type: "doc", content: held.nodes } as TextNode, at: held.at };
}

/** The top nodes of a document after some were replaced. */
export function replaced(nodes: readonly PmJson[], ranges: readonly TopRange[]): readonly PmJson[] {
  return ranges.reduce<readonly PmJson[]>((before, { from, to, nodes: fresh }) => [...before.slice(0, from), ...fresh, ...before.slice(to)], nodes);
}

/** A server that recorded a change up to this long after it was made told nothing newer. */
const ON_ITS_WAY_MS = 60_000;

/** Whether the device's text is at least as new as one that was fetched when it was last recorded at `recordedAt`. */
export function isNewest({ at }: DeviceText, recordedAt: string | null): boolean {
  if (recordedAt === null) return true;
  return at !== null && at + ON_ITS_WAY_MS >= Date.parse(recordedAt);
}
