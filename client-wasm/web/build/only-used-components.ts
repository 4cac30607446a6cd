// Lets the bundler leave out Utrecht components that no page uses.
//
// Why it exists: the library is one file of a hundred components, each followed by `Name.displayName = …`. Such a
// write counts as an effect, so every component shipped (190 kB). The names only serve developer tools.
import type { Plugin } from "vite";

const LIBRARY = /\/node_modules\/@utrecht\/component-library-react\/dist\/index\.mjs$/;
const DISPLAY_NAME = /^[\w$]+\.displayName = .*;$/gm;

/** The plugin: takes the names for developer tools out of the library. */
export function onlyUsedComponents(): Plugin {
  return {
    name: "only-used-components",
    apply: "build",
    transform(code, id) {
      return LIBRARY.test(id) ? { code: code.replace(DISPLAY_NAME, ""), map: null } : null;
    },
  };
}
