// The page that checks an export, or the proof of one event: one file, opened from a server or from a disk, that talks to nobody.
//
// Why it has no framework: it is handed on beside exports and kept for years, so there should be little of it.
import { type Answer, check, prepare } from "../core/exportCheck.ts";
import { drawn } from "./answer.ts";
import { number } from "./elements.ts";
import { isForeign } from "./view.ts";
import { filled, type Language, problemWords, WORDS, type Words } from "./words.ts";

declare global {
  /** The wasm core in base64, put there by the build. */
  var schrijftafelCore: string;
}

const part = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const input = part<HTMLInputElement>("file");
const keys = part<HTMLTextAreaElement>("keys");
const result = part("result");
const status = part("status");
const bar = part<HTMLProgressElement>("bar");

let language: Language = navigator.language.startsWith("en") && !navigator.languages.some((known) => known.startsWith("nl")) ? "en" : "nl";
/** The file that was chosen last, to check again with other keys. */
let file: File | undefined;
/** The keys of the last check. */
let used = "";
let answer: Answer | undefined;
/** What is said of the check itself, in whatever language the page speaks then. */
let said: (language: Language) => string = () => "";
/** Ends the check that is under way when another begins. */
let under = new AbortController();

function speak(): void {
  const words: Words = WORDS[language];
  document.documentElement.lang = language;
  document.title = `${words.title} · Schrijftafel`;
  for (const element of document.querySelectorAll<HTMLElement>("[data-word]")) {
    element.textContent = words[element.dataset["word"] as keyof Words];
  }
  part("language").lang = language === "nl" ? "en" : "nl";
  part("chosen").textContent = file ? filled(words.chosen, { name: file.name }) : "";
  status.textContent = said(language);
  if (answer) result.replaceChildren(...drawn(answer, language));
}

function tell(words: (language: Language) => string): void {
  said = words;
  status.textContent = said(language);
}

async function take(chosen: File): Promise<void> {
  under.abort();
  const { signal } = (under = new AbortController());
  file = chosen;
  used = keys.value;
  answer = undefined;
  result.replaceChildren();
  for (const shown of ["chosen", "again"]) part(shown).hidden = false;
  tell((now) => WORDS[now].busy);
  bar.hidden = false;
  bar.value = 0;
  speak();
  let checked = 0;
  try {
    const hear = (events: number, share: number) => {
      checked = events;
      bar.value = share;
      tell((now) => filled(WORDS[now].progress, { events: number(events, now), share: `${Math.round(share * 100)} %` }));
    };
    const found = await check(chosen, used, hear, signal);
    answer = found;
    if ("proved" in found || "unproved" in found) tell(() => "");
    if ("fault" in found) tell((now) => (isForeign(found.fault) ? "" : filled(WORDS[now].stopped, { events: number(checked, now) })));
    speak();
  } catch (error) {
    if (signal.aborted) return;
    tell((now) => problemWords(now, error));
  }
  bar.hidden = true;
}

/** After a check that somebody asked for by itself, reading goes on at what came out. */
async function takeAndLook(chosen: File): Promise<void> {
  await take(chosen);
  result.querySelector<HTMLElement>("h2")?.focus();
}

function keepPage(link: HTMLAnchorElement): void {
  link.href = URL.createObjectURL(new Blob([`<!doctype html>\n${pristine}`], { type: "text/html" }));
}

const pristine = document.documentElement.outerHTML;
prepare(Uint8Array.from(atob(globalThis.schrijftafelCore), (letter) => letter.charCodeAt(0)));
speak();
part("language").addEventListener("click", () => {
  language = language === "nl" ? "en" : "nl";
  speak();
});
part<HTMLAnchorElement>("keep").addEventListener("click", (event) => keepPage(event.currentTarget as HTMLAnchorElement));
// The same file chosen once more is a change too.
input.addEventListener("click", () => {
  input.value = "";
});
input.addEventListener("change", () => {
  const chosen = input.files?.[0];
  if (chosen) void takeAndLook(chosen);
});
// Not `change`: that knows nothing of a check made while one was still in the field.
keys.addEventListener("blur", () => {
  if (file && keys.value !== used) void take(file);
});
part("again").addEventListener("click", () => {
  if (file) void takeAndLook(file);
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const dropped = event.dataTransfer?.files[0];
  if (dropped) void takeAndLook(dropped);
});
