// The page that checks an export: one file, opened from a server or from a disk, that talks to nobody.
//
// Why it has no framework: it is handed on beside exports and kept for years, so there should be little of it.
import { type Answer, check, prepare } from "../core/exportCheck.ts";
import { drawn, number } from "./view.ts";
import { filled, type Language, WORDS, type Words } from "./words.ts";

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
let answer: Answer | undefined;

function speak(): void {
  const words: Words = WORDS[language];
  document.documentElement.lang = language;
  document.title = `${words.title} · Schrijftafel`;
  for (const element of document.querySelectorAll<HTMLElement>("[data-word]")) {
    element.textContent = words[element.dataset["word"] as keyof Words];
  }
  part("language").lang = language === "nl" ? "en" : "nl";
  if (answer) result.replaceChildren(...drawn(answer, language));
}

async function take(file: File): Promise<void> {
  const words = WORDS[language];
  answer = undefined;
  result.replaceChildren();
  status.textContent = words.busy;
  bar.hidden = false;
  bar.value = 0;
  try {
    answer = await check(file, keys.value, (events, share) => {
      bar.value = share;
      status.textContent = filled(WORDS[language].progress, { events: number(events, language), share: `${Math.round(share * 100)} %` });
    });
    speak();
    result.querySelector<HTMLElement>("h2")?.focus();
  } catch (error) {
    status.textContent = filled(words.problem, { what: error instanceof Error ? error.message : String(error) });
  } finally {
    bar.hidden = true;
  }
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
input.addEventListener("change", () => {
  const file = input.files?.[0];
  if (file) void take(file);
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) void take(file);
});
