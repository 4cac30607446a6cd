// Keys of the words are checked by the compiler: a key that `nl.json` lacks does not build.
import "i18next";
import type nl from "./nl.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof nl };
    returnNull: false;
  }
}
