// How the sections of a text are told apart where one chooses one. Pure.
//
// Why it exists: a plan repeats its headings ("Wat gaan we doen?" under every task), and a choice between equal words is none.
import type { Section } from "../../api/types.ts";
import type { Say } from "../../i18n/words.ts";

/** "Alleen “Wat gaan we doen?” (onder “Opgave B”)": as much of what stands around a section as sets it apart from the others. */
export function wordsOfSection(section: Section, all: readonly Section[], t: Say["t"]): string {
  const { title } = section;
  const alike = all.filter((each) => each.title === title);
  if (alike.length === 1) return t("restore.section", { title });
  const above = headingAbove(section, all);
  const together = alike.filter((each) => headingAbove(each, all)?.title === above?.title);
  if (above !== undefined && together.length === 1) return t("restore.sectionUnder", { title, above: above.title });
  return t("restore.sectionNth", { title, nth: alike.indexOf(section) + 1, count: alike.length });
}

/** How many headings a section stands under. */
export function depthOf(section: Section, all: readonly Section[]): number {
  const above = headingAbove(section, all);
  return above === undefined ? 0 : depthOf(above, all) + 1;
}

/** The heading that a section stands under: the last one before it of a higher level. */
function headingAbove({ index, level }: Section, all: readonly Section[]): Section | undefined {
  return all.findLast((each) => each.index < index && each.level < level);
}
