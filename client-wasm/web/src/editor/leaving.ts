// The way out of the text by keyboard: after Escape, Tab and Shift+Tab move the focus as everywhere.
//
// Why it exists: in a list Tab changes the shared text, so by Tab alone nobody could leave it without doing so.
import { Plugin } from "prosemirror-state";

/** Before the plugins that give Tab a meaning. */
export function leaving(): Plugin {
  let isLeaving = false;
  const stays = () => {
    isLeaving = false;
  };
  return new Plugin({
    props: {
      handleDOMEvents: {
        // True keeps the key from the editor; the browser does with it what it does elsewhere.
        keydown(_view, event) {
          if (event.key === "Tab") return isLeaving;
          // Shift comes before the Tab that it goes with.
          if (event.key !== "Shift") isLeaving = event.key === "Escape" && !event.isComposing;
          return false;
        },
        mousedown: stays,
        blur: stays,
      },
    },
  });
}
