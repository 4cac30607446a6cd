// The words of the interface: Dutch first, English where it is translated, Dutch for the rest.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";
import nl from "./nl.json";

export const LANGUAGES = ["nl", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED_AS = "schrijftafel.language";

/** Prepares the words; call once, before the first page. */
export async function prepareWords(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { nl: { translation: nl }, en: { translation: en } },
    lng: storedLanguage(),
    fallbackLng: "nl",
    supportedLngs: LANGUAGES,
    returnNull: false,
    interpolation: { escapeValue: false },
  });
  showLanguage();
}

/** Switches the language, and remembers it on this device. */
export async function switchLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(STORED_AS, language);
  } catch {
    // A browser that keeps nothing still switches for now.
  }
  await i18next.changeLanguage(language);
  showLanguage();
}

export function currentLanguage(): Language {
  return i18next.language === "en" ? "en" : "nl";
}

function storedLanguage(): Language {
  try {
    return localStorage.getItem(STORED_AS) === "en" ? "en" : "nl";
  } catch {
    return "nl";
  }
}

function showLanguage(): void {
  document.documentElement.lang = currentLanguage();
}
