// What undo gives back is found by the steps that were done, not by those that were only asked about.
import { EditorState } from "prosemirror-state";
import { ReplaceStep } from "prosemirror-transform";
import { expect, test } from "vitest";
import { GiveBack } from "./giveBack.ts";
import { inverted, TakeBack } from "./takeBack.ts";
import { doc, paragraph } from "./testing.ts";

test("a step that was not done gives nothing back", () => {
  const before = EditorState.create({ doc: doc(paragraph("een twee drie vier")) });
  const typedOver = new ReplaceStep(5, 19, before.doc.slice(1, 2));
  const back = inverted(typedOver, before.doc);
  const { doc: after } = typedOver.apply(before.doc);
  if (!(back instanceof TakeBack) || after === null) throw new Error("a deletion is taken back by giving");
  const { tr } = EditorState.create({ doc: after });
  const given = new GiveBack(tr);
  given.placed(back);
  tr.insertText("e", 1);
  expect(given.isThere).toBe(false);
  expect(given.end).toBe(null);
});
