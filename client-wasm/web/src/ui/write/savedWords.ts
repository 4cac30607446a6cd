// What the line beside the text says of what was typed, and how it looks. Pure.
//
// Why it exists: words can wait, be refused or be kept nowhere while the rest is safe, and the line may never claim
// more than is so.
import type { SaveStatus } from "../../editor/chapterView.ts";

/** What is known of one's own words. */
export interface Kept {
  readonly status: SaveStatus;
  readonly signedOut: boolean;
  /** Words are nowhere but in this window: neither the server has them, nor does this device keep them. */
  readonly unkept: boolean;
  /** Words wait on a device that does not promise to keep them. */
  readonly passing: boolean;
  /** Words are in sight that the server did not take. */
  readonly refused: boolean;
  /** One may not write on, and a message says why and what became of one's words. */
  readonly ended: boolean;
}

/** Key of the sentence. */
export function savedKey({ status, signedOut, unkept, passing, refused, ended }: Kept) {
  if (unkept) return "storage.status" as const;
  if (signedOut) return "write.signedOut.status" as const;
  if (ended && isSilent(status)) return "write.ended.status" as const;
  if (ended && status === "offline") return "write.ended.offline" as const;
  if (passing && status === "offline") return "write.status.offlinePassing" as const;
  if (refused && status === "saved") return "write.status.savedRest" as const;
  return `write.status.${status}` as const;
}

/** Whether the sentence says that there is no connection, so that nothing else on the page has to. */
export function saysOffline({ status, signedOut, unkept }: Kept): boolean {
  return status === "offline" && (unkept || !signedOut);
}

/** The look: of a status, or of one that is saved but for some words. */
export function savedLook({ status, refused, signedOut, ended }: Kept): SaveStatus | "refused" | "ended" {
  if (ended && !signedOut && isSilent(status)) return "ended";
  return refused && status === "saved" ? "refused" : status;
}

/** Whether something is amiss, which is heard, as is its end; null while nobody knows yet. */
export function troubleOf({ status, unkept, ended }: Kept): boolean | null {
  if (unkept || status === "offline" || status === "stopped" || status === "failed") return true;
  return status === "saved" || (ended && isSilent(status)) ? false : null;
}

/** What the message says better, when writing has ended. */
function isSilent(status: SaveStatus): boolean {
  return status === "saved" || status === "saving" || status === "closed";
}
