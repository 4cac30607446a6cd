// Which colour each writer of a chapter has on the pages that show who wrote what. Pure.
//
// Why it exists: a page shows some of the writers, the next one others, and whoever goes from one to the other looks for a
// person by their colour. So it comes from the people of the plan, and only where two meet on one page who would have the
// same, the later of them takes the next one that is free there.
import type { DifferenceBlock, Person } from "../../api/types.ts";
import type { Credit } from "../../i18n/words.ts";
import { TEAM_ROLES } from "../people/roles.ts";
import { creditKey } from "./difference.ts";

/** How many people have a colour of their own. */
export const COLOURS = 8;

/** One of the colours of people, or the one for what nobody here wrote. */
export type Colour = number | "neutral";
export type Colours = ReadonlyMap<string, Colour>;

/** The people of a plan in the order in which they have colours: who writes comes first, for there are few colours. */
export function colourOrder(people: readonly Pick<Person, "id" | "roles">[]): readonly string[] {
  const writes = new Set(people.filter(({ roles }) => roles.some((role) => TEAM_ROLES.includes(role))).map(({ id }) => id));
  const ids = [...new Set(people.map(({ id }) => id))];
  return ids.toSorted((one, other) => Number(writes.has(other)) - Number(writes.has(one)) || (one < other ? -1 : 1));
}

/** A colour for each credit; who left the plan comes after everybody who is in it. */
export function coloursFor(credits: readonly Credit[], order: readonly string[]): Colours {
  const placeOf = ({ actor }: Credit) => {
    const at = order.indexOf(actor.person?.id ?? "");
    return at < 0 ? order.length : at;
  };
  const once = [...new Map(credits.map((credit) => [creditKey(credit), credit])).entries()];
  const writers = once.filter(([, { source }]) => source === "writer").toSorted(([a, one], [b, other]) => placeOf(one) - placeOf(other) || (a < b ? -1 : 1));
  const colours = new Map<string, Colour>(once.map(([key]) => [key, "neutral"]));
  const taken = new Set<number>();
  for (const [key, credit] of writers) {
    if (taken.size === COLOURS) taken.clear();
    let colour = placeOf(credit) % COLOURS;
    while (taken.has(colour)) colour = (colour + 1) % COLOURS;
    taken.add(colour);
    colours.set(key, colour);
  }
  return colours;
}

/** The colour of everybody who did something in a difference. */
export function coloursOf(people: readonly Credit[], blocks: readonly DifferenceBlock[], order: readonly string[]): Colours {
  const authors = blocks.flatMap((block) => block.runs).flatMap((run) => (run.by === null ? [] : [run.by]));
  return coloursFor([...people, ...authors], order);
}
