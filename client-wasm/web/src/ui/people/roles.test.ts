// One person with two roles stands in the list once; acting for two parties is two.
import { expect, test } from "vitest";
import type { Right } from "../../api/types.ts";
import { dutch } from "../../i18n/testing.ts";
import { byParty, formerMembers, isMailOrNone, matches, membersOf, rightWords } from "./roles.ts";

const right = (more: Partial<Right>): Right => ({
  id: "r",
  person: { id: "p", name: "Fatima El Amrani" },
  party: { id: "g", name: "Gemeente Aardal" },
  role: "coalitie",
  team: null,
  body: null,
  mandate: null,
  grantedAt: "2026-11-22T10:00:00Z",
  ...more,
});

test("groups roles by person and party", () => {
  const members = membersOf([right({}), right({ role: "lead", team: { id: "t", name: "Nachtzorg" } }), right({ party: { id: "z", name: "Zorggroep West" } })]);
  expect(members.map((each) => [each.party, each.rights.length])).toEqual([["Gemeente Aardal", 2], ["Zorggroep West", 1]]);
});

test("members stand with their party, parties in the order of the alphabet, whatever their first letter looks like", () => {
  const [west, health] = [{ id: "z", name: "Zorggroep West" }, { id: "e", name: "e-Health Waterland" }];
  const members = membersOf([
    right({ person: { id: "q", name: "Jan" }, party: west }),
    right({}),
    right({ person: { id: "e", name: "Els" }, party: health }),
    right({ person: { id: "r", name: "Ria" } }),
  ]);
  expect(byParty(members).map((group) => [group.party, group.members.map(({ name }) => name)])).toEqual([
    ["e-Health Waterland", ["Els"]],
    ["Gemeente Aardal", ["Fatima El Amrani", "Ria"]],
    ["Zorggroep West", ["Jan"]],
  ]);
});

test("finds by words of name and party together", () => {
  const [member] = membersOf([right({})]);
  if (member === undefined) throw new Error("one member was put in");
  expect([matches(member, "fatima aardal"), matches(member, ""), matches(member, "jan")]).toEqual([true, true, false]);
});

test("says team and body", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");
  expect(rightWords(right({ role: "lead", team: { id: "t", name: "Nachtzorg" } }), say)).toBe("Trekker van schrijfteam Nachtzorg");
  expect(rightWords(right({ role: "writer", team: { id: "t", name: "Schrijfteam Ouderen" } }), say)).toBe("Schrijver van Schrijfteam Ouderen");
  expect(rightWords(right({ role: "bodyMember", body: "BOSD" }), say)).toBe("Lid van BOSD");
});

test("someone without a role is listed apart, and not with those who have one", () => {
  const party = { id: "g", name: "Gemeente Aardal" };
  const people = [
    { id: "p", name: "Fatima", party, roles: ["lead" as const] },
    { id: "j", name: "Jan", party, roles: [] },
  ];
  expect(formerMembers(people).map((each) => [each.name, each.rights])).toEqual([["Jan", []]]);
});

test("a mail address looks like one, or is left out", () => {
  expect(["", " ", "anna@ggd.nl", "a.b+c@zorg.example.org"].every(isMailOrNone)).toBe(true);
  expect(["geen mailadres", "anna@", "anna@ggd", "@ggd.nl", "a b@ggd.nl"].some(isMailOrNone)).toBe(false);
});
