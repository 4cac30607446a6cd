// What stands in the place of the answer: of an export, or of the proof of one event.
import type { Answer } from "../core/exportCheck.ts";
import { provedBox, unprovedBox } from "./proved.ts";
import { faultBox, register, verdict } from "./view.ts";
import type { Language } from "./words.ts";

/** Draws an answer. */
export function drawn(answer: Answer, language: Language): HTMLElement[] {
  if ("proved" in answer) return [provedBox(answer.proved, language)];
  if ("unproved" in answer) return [unprovedBox(answer.unproved, language)];
  if ("fault" in answer) return [faultBox(answer.fault, language)];
  return [verdict(answer.summary, language), register(answer.summary, language)];
}
