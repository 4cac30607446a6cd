// One person has one colour, whoever else is on the page.
import { expect, test } from "vitest";
import type { Actor, Role } from "../../api/types.ts";
import type { Credit } from "../../i18n/words.ts";
import { COLOURS, colourOrder, coloursFor } from "./colours.ts";

const actor = (id: string, party = "g"): Actor => ({ person: { id, name: id }, party: { id: party, name: party } });
const by = (id: string, party = "g"): Credit => ({ actor: actor(id, party), source: "writer" });
const nobody: Credit["actor"] = { person: null, party: null };
const person = (id: string, ...roles: Role[]) => ({ id, roles });
const order = colourOrder([person("a", "bestuurder"), person("d", "writer"), person("c", "lead"), person("b", "contactpersoon")]);

test("who writes has the first colours, whatever the order in which people are told", () => {
  expect(order).toEqual(["c", "d", "a", "b"]);
  expect(colourOrder([person("d", "writer"), person("b"), person("a"), person("c", "lead"), person("d", "bestuurder")])).toEqual(order);
});

test("a person keeps their colour on every page of a chapter, whoever wrote most there and whoever is missing", () => {
  const all = coloursFor([by("d"), by("c"), by("b")], order);
  expect(coloursFor([by("b"), by("d")], order).get("d/g")).toBe(all.get("d/g"));
  expect(coloursFor([by("b")], order).get("b/g")).toBe(all.get("b/g"));
});

test("two who would have the same colour have two on one page, also a person for two parties and one who left", () => {
  const many = Array.from({ length: COLOURS + 2 }, (_, at) => person(`p${at}`));
  const [first, ninth] = ["p0", `p${COLOURS}`];
  const colours = coloursFor([by(ninth), by(first), by(first, "x"), by("gone")], colourOrder(many));
  expect(new Set(colours.values()).size).toBe(4);
  expect(colours.get(`${first}/g`)).toBe(coloursFor([by(first)], colourOrder(many)).get(`${first}/g`));
});

test("more writers than colours begin anew; none is left without", () => {
  const ids = Array.from({ length: COLOURS + 3 }, (_, at) => `p${at}`);
  const colours = coloursFor(ids.map((id) => by(id)), ids);
  expect(new Set(colours.values()).size).toBe(COLOURS);
  expect(colours.size).toBe(ids.length);
});

test("what nobody here wrote has the neutral colour and takes none of the people's", () => {
  const colours = coloursFor([{ actor: nobody, source: "document" }, by("c"), { actor: nobody, source: "startText" }, by("d")], order);
  expect([...colours.entries()].toSorted()).toEqual([
    ["c/g", 0],
    ["d/g", 1],
    ["document", "neutral"],
    ["startText", "neutral"],
  ]);
});
