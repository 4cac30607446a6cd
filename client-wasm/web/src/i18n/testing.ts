// The real Dutch words for tests of pure functions that make sentences.
import i18next from "i18next";
import nl from "./nl.json";
import { type Say, saying } from "./words.ts";

/** The Dutch words at a fixed moment. */
export async function dutch(now: string): Promise<Say> {
  const instance = i18next.createInstance();
  await instance.init({ resources: { nl: { translation: nl } }, lng: "nl", interpolation: { escapeValue: false } });
  return saying(instance.t, "nl-NL", () => new Date(now));
}
