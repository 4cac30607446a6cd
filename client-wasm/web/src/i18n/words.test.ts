// Both languages say the same things with the same blanks.
import { expect, test } from "vitest";
import en from "./en.json";
import nl from "./nl.json";

interface Tree {
  readonly [key: string]: string | Tree;
}

/** Every sentence by its key. */
function sentences(tree: Tree, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, sentence] of sentences(value, `${prefix}${key}.`)) found.set(inner, sentence);
  }
  return found;
}

const blanks = (sentence: string) => [...sentence.matchAll(/\{\{(\w+)/g)].map(([, name]) => name).toSorted();

test("every Dutch sentence has an English one", () => {
  expect([...sentences(en).keys()].toSorted()).toEqual([...sentences(nl).keys()].toSorted());
});

test("a translation has the same blanks", () => {
  const english = sentences(en);
  for (const [key, sentence] of sentences(nl)) expect([key, blanks(english.get(key) ?? "")]).toEqual([key, blanks(sentence)]);
});

test("no sentence shows people how it is made", () => {
  for (const [key, sentence] of sentences(nl)) expect([key, /\b(hash|event|heads|audit|sync|CRDT|log)\b/i.test(sentence)]).toEqual([key, false]);
});

test("what is counted has a word for one and a word for several", () => {
  for (const all of [sentences(nl), sentences(en)]) {
    for (const [key, sentence] of all) {
      if (!/\{\{(count|total)\}\} \p{L}/u.test(sentence)) continue;
      const [, stem] = /^(.*)_(one|other)$/.exec(key) ?? [];
      expect([key, stem !== undefined && all.has(`${stem}_one`) && all.has(`${stem}_other`)]).toEqual([key, true]);
    }
  }
});
