import { test } from "vitest";
import { doc, paragraph } from "./testing.ts";
import { Authority, Seat, settle } from "./testingDesks.ts";
import { redo, undo } from "./undoHistory.ts";
for (const form of ["A", "B"]) test(form, () => {
  const authority = new Authority(doc(paragraph("Vaste zin oude1 woorden met eind.")));
  const ann = new Seat(authority);
  settle([ann]);
  const say = (w: string) => { settle([ann]); console.log(form, w, JSON.stringify(ann.desk.state.doc.textContent)); };
  let at = 1 + "Vaste zin".length;
  const to = at + " oude1 woorden".length;
  if (form === "A") ann.desk.dispatch(ann.desk.state.tr.insertText(" ", at, to)); else ann.desk.dispatch(ann.desk.state.tr.delete(at + 1, to));
  settle([ann]);
  at += 1;
  for (const l of "nieuw") { ann.desk.dispatch(ann.desk.state.tr.insertText(l, at)); at += 1; settle([ann]); }
  say("over");
  for (const [n, k] of [["z", undo], ["y", redo], ["z", undo], ["y", redo]] as const) { k(ann.desk.state, (t) => ann.desk.dispatch(t)); say(n); }
});
