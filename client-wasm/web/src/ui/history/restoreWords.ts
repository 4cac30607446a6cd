// What the pages of a restore say, by what it is: the words of one kind stand together.

/** All of a chapter, one section of it, or another restore taken back. */
export type RestoreKind = "whole" | "section" | "undo";

/** Which kind a restore is. */
export function restoreKind(undoes: boolean, section: object | null): RestoreKind {
  return undoes ? "undo" : section === null ? "whole" : "section";
}

const ANY = { title: "restore.title", reason: "restore.reason", reasonMissing: "restore.reasonMissing", intro: "restore.intro", submit: "restore.submit", yes: "restore.confirmYes", doneTitle: "restore.doneTitle" } as const;

/** Keys of the words. */
export const RESTORE_WORDS = {
  whole: { ...ANY, confirm: "restore.confirmWhole", done: "restore.done" },
  section: { ...ANY, confirm: "restore.confirmSection", done: "restore.doneSection" },
  undo: {
    title: "restore.undoTitle",
    reason: "restore.reasonUndo",
    reasonMissing: "restore.reasonMissingUndo",
    intro: "restore.introUndo",
    submit: "restore.submitUndo",
    yes: "restore.confirmUndoYes",
    doneTitle: "restore.undoneTitle",
    confirm: "restore.confirmUndo",
    done: "restore.undone",
  },
} as const satisfies Record<RestoreKind, object>;
