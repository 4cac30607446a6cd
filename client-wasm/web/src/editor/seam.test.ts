// Spaces beside what undo brings back: they go when the core has told where that came, and only where two words would be one.
import { closeHistory } from "prosemirror-history";
import { TextSelection } from "prosemirror-state";
import { expect, test } from "vitest";
import type { PmJson, TopRange } from "./port.ts";
import type { StayedRun } from "./stayed.ts";
import { paragraph } from "./testing.ts";
import { deskOf } from "./testingDesks.ts";
import { redo, undo } from "./undoHistory.ts";

/** A desk whose core is played by the test. */
function played(first: string) {
  const asked: TopRange[] = [];
  const desk = deskOf({ edit: (_, range) => asked.push(range), select: () => undefined }, []);
  let version = 0;
  desk.onDocument(version, [paragraph(first).toJSON() as PmJson], false);
  const tell = (told: string, confirms: boolean, stayed: StayedRun[]) => {
    desk.onUpdate({ base: version, version: version + 1, confirms, ranges: [{ from: 0, to: 1, nodes: [paragraph(told).toJSON() as PmJson] }], stayed });
    version += 1;
  };
  const shown = () => desk.state.doc.textContent;
  return {
    desk,
    shown,
    tell,
    /** The text of the edit that leaves now; null: none does. */
    leaves: () => {
      const before = asked.length;
      desk.flush();
      const [node] = asked.length > before ? (asked.at(-1)?.nodes ?? []) : [];
      return node === undefined ? null : desk.state.schema.nodeFromJSON(node).textContent;
    },
    /** The core takes the edit as it is. */
    confirm: (text: string) => tell(text, true, [[0, 0, text.length + 1]]),
    press: (key: typeof undo) => key(desk.state, (transaction) => desk.dispatch(transaction)),
    over: (words: string, typed: string) => {
      const at = 1 + shown().indexOf(words);
      desk.dispatch(closeHistory(desk.state.tr).setSelection(TextSelection.create(desk.state.doc, at, at + words.length)));
      for (const letter of typed) desk.dispatch(desk.state.tr.insertText(letter));
    },
  };
}

test("a word that comes back beside one that stays is parted from it after the core put it there, and redo takes the space along", () => {
  const { leaves, tell, confirm, press, over, shown } = played("de buren in.");
  over("buren", "mens");
  expect(leaves()).toBe("de mens in.");
  confirm("de mens in.");
  // Somebody else writes inside the new word.
  tell("de mexxns in.", false, [[0, 0, 6], [6, 8, 6]]);
  press(undo);
  expect(shown()).toBe("de mexxns buren in.");
  expect(leaves()).toBe("de mexxnsburen in.");
  confirm("de mexxnsburen in.");
  expect(shown()).toBe("de mexxns buren in.");
  expect(leaves()).toBe("de mexxns buren in.");
  confirm("de mexxns buren in.");
  press(redo);
  expect(shown()).toBe("de mexxns in.");
  leaves();
  confirm("de mexxns in.");
  press(undo);
  expect(shown()).toBe("de mexxns buren in.");
});

test("what the core puts beside another word than the page did is parted there", () => {
  const { leaves, tell, confirm, press, over, shown } = played("de buren in straat.");
  over("buren in straat", "mens heen");
  leaves();
  confirm("de mens heen.");
  // Written inside the old words, by somebody who did not know that they went.
  tell("de mens heenyy .", false, [[0, 0, 13], [13, 16, 1]]);
  press(undo);
  leaves();
  tell("de  heenburen in yy straat.", true, [[0, 0, 4], [8, 4, 5], [13, 18, 3], [16, 27, 1]]);
  expect(shown()).toBe("de  heen buren in yy straat.");
  expect(leaves()).toBe("de  heen buren in yy straat.");
});

test("a letter that the core puts back into its own word is not parted from that", () => {
  const { desk, leaves, tell, confirm, press, shown } = played("zorgen nu.");
  desk.dispatch(desk.state.tr.delete(5, 7));
  leaves();
  confirm("zorg nu.");
  tell("zorg x nu.", false, [[0, 0, 5], [5, 7, 4]]);
  press(undo);
  leaves();
  tell("zorgen x nu.", true, [[0, 0, 5], [5, 7, 6]]);
  expect(shown()).toBe("zorgen x nu.");
  expect(leaves()).toBe(null);
});
