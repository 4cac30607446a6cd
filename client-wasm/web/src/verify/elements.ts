// Plain elements, text only, and the way numbers and times are written: what both answers of the page are drawn with.
import type { Language } from "./words.ts";

/** An element with its class and its children; text stays text. */
export function element<K extends keyof HTMLElementTagNameMap>(name: K, className = "", ...children: readonly (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** One paragraph a sentence. */
export function paragraphs(sentences: readonly string[]): HTMLElement[] {
  return sentences.map((sentence) => element("p", "", sentence));
}

/** A section whose heading can be reached from a script. */
export function headed(className: string, heading: string, ...children: Node[]): HTMLElement {
  const title = element("h2", "", heading);
  title.tabIndex = -1;
  return element("section", className, title, ...children);
}

/** A date-time of the file in the plan's time zone. */
export function time(text: string, language: Language): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  return new Intl.DateTimeFormat(locale(language), { dateStyle: "long", timeStyle: "medium", timeZone: "Europe/Amsterdam" }).format(at);
}

/** A number as the language writes it. */
export function number(value: number, language: Language): string {
  return new Intl.NumberFormat(locale(language)).format(value);
}

/** The locale of a language. */
export function locale(language: Language): string {
  return language === "nl" ? "nl-NL" : "en-GB";
}
