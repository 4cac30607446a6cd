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
  /** Words are in sight that the server did not take. */
  readonly refused: boolean;
}

/** Key of the sentence. */
export function savedKey({ status, signedOut, unkept, refused }: Kept) {
  if (unkept) return "storage.status" as const;
  if (signedOut) return "write.signedOut.status" as const;
  if (refused && status === "saved") return "write.status.savedRest" as const;
  return `write.status.${status}` as const;
}

/** The look: of a status, or of one that is saved but for some words. */
export function savedLook({ status, refused }: Kept): SaveStatus | "refused" {
  return refused && status === "saved" ? "refused" : status;
}
