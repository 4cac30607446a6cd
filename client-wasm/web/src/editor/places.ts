// Between positions of the document and places of the flat text (how-manieth text block, offset in it).
//
// Why it exists: others' cursors come as places in a numbered state, because the flat text knows no tree.
import type { Node } from "prosemirror-model";
import type { Place } from "./port.ts";

/** The place of a position; between blocks it is the start of the next text block, or the end of the last. */
export function placeOf(doc: Node, pos: number): Place {
  let block = -1;
  let size = 0;
  let place: Place | null = null;
  doc.descendants((node, at) => {
    if (place !== null) return false;
    if (!node.isTextblock) return true;
    block += 1;
    size = node.content.size;
    if (pos <= at + 1 + size) place = { block, offset: Math.max(0, pos - at - 1) };
    return false;
  });
  return place ?? { block: Math.max(block, 0), offset: size };
}

/** The position of a place; outside the document it is the nearest inside. */
export function positionOf(doc: Node, place: Place): number {
  let block = -1;
  let found = doc.content.size;
  doc.descendants((node, at) => {
    if (block >= place.block) return false;
    if (!node.isTextblock) return true;
    block += 1;
    found = at + 1 + Math.min(place.offset, node.content.size);
    return false;
  });
  return found;
}

/** Where these words begin, quoted perhaps with an ellipsis at their end; null when they stand nowhere. */
export function placeOfWords(doc: Node, words: string): number | null {
  const wanted = squeezed(words.replace(/…$/, ""));
  if (wanted === "") return null;
  let found: number | null = null;
  doc.descendants((node, at) => {
    if (found !== null) return false;
    if (!node.isTextblock) return true;
    const text = node.textContent;
    // A quote has one blank where the text may have several: then it is the start of their block.
    if (squeezed(text).includes(wanted)) found = at + 1 + Math.min(Math.max(text.indexOf(wanted), 0), node.content.size);
    return false;
  });
  return found;
}

function squeezed(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}
