// Words that were refused go back into the text without parting a word or running into one, and make the word whole in
// which they were typed.
import { expect, test } from "vitest";
import { parted, restOfWord, type Words } from "./putBack.ts";

/** The line after they were put back where `|` stands in it. */
function line(words: Words, at: string): string {
  const [left = "", right = ""] = at.split("|");
  const rest = restOfWord(words, [left, right]);
  const [before, behind] = [left + right.slice(0, rest), right.slice(rest)];
  return before + parted(words, [before, behind]) + behind;
}

test("words of which nothing is known are parted from what stands there", () => {
  for (const words of [{ text: "zorg is" }, { text: "zorg is", before: null, behind: null }]) {
    expect(line(words, "De nacht|")).toBe("De nacht zorg is");
    expect(line(words, "|De nacht")).toBe("zorg is De nacht");
    expect(line(words, "De na|cht hier")).toBe("De nacht zorg is hier");
    expect(line(words, "De nacht |")).toBe("De nacht zorg is");
  }
});

test("words that began inside a word make it whole, and no other word longer", () => {
  const words = { text: "zorg is", before: "nacht", behind: null };
  expect(line(words, "De nacht|.")).toBe("De nachtzorg is.");
  expect(line(words, "De na|cht.")).toBe("De nachtzorg is.");
  expect(line(words, "De dag|.")).toBe("De dag zorg is.");
  expect(line(words, "De middernacht|.")).toBe("De middernacht zorg is.");
  expect(line(words, "|")).toBe("zorg is");
});

test("words that ended inside a word stand before the rest of it again", () => {
  const words = { text: "goede nacht", before: null, behind: "zorg" };
  expect(line(words, "De |zorg.")).toBe("De goede nachtzorg.");
  expect(line(words, "De |zorgen.")).toBe("De goede nacht zorgen.");
});

test("words in the middle of a word go there only where both its parts stand", () => {
  const words = { text: "zorg", before: "nacht", behind: "en" };
  expect(line(words, "De nacht|en.")).toBe("De nachtzorgen.");
  expect(line(words, "De nach|ten.")).toBe("De nachten zorg.");
  expect(line(words, "De nacht|.")).toBe("De nachtzorg.");
});
