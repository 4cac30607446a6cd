// Leaves out of the built style sheets every design token that nothing uses.
//
// Why it exists: the NL Design System theme defines some 4,000 tokens for components of every member
// organisation (200 kB); these pages use a few hundred. A phone should not have to read the rest.
import type { Plugin } from "vite";

/** A declaration of a custom property with its value; quoted parts of a value may hold anything (icons as data). */
const DECLARATION = /(--[\w-]+)\s*:((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^;{}"'])*)(;|(?=\}))/g;
const USE = /var\(\s*(--[\w-]+)/g;

/** Only tokens of these families are left out; others may be read by scripts. */
const FAMILY = /^--(?:basis|utrecht|voorbeeld|nl|denhaag|lux|rhc|rods|todo|ams|ma|of|clippy|openforms|dso|amsterdam|frameless|example|mooi-rotterdam|rotterdam|haal-centraal)-/;

/** `css` without custom properties that no rule uses, directly or through another used property. */
export function withoutUnusedTokens(css: string): string {
  const definitions = new Map<string, string[]>();
  for (const [, name = "", value = ""] of css.matchAll(DECLARATION)) {
    definitions.set(name, [...(definitions.get(name) ?? []), value]);
  }
  const used = new Set<string>();
  const waiting = uses(css.replace(DECLARATION, (whole, name: string) => (FAMILY.test(name) ? "" : whole)));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    for (const value of definitions.get(name) ?? []) waiting.push(...uses(value));
  }
  return css.replace(DECLARATION, (whole, name: string) => (FAMILY.test(name) && !used.has(name) ? "" : whole));
}

function uses(css: string): string[] {
  return [...css.matchAll(USE)].map(([, name = ""]) => name);
}

/** The plugin: prunes each style sheet of the bundle. */
export function pruneTheme(): Plugin {
  return {
    name: "prune-theme",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === "asset" && file.fileName.endsWith(".css")) {
          file.source = withoutUnusedTokens(file.source.toString());
        }
      }
    },
  };
}
