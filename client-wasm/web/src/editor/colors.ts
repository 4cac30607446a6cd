// Which of the eight cursor colours somebody has: the same on every screen, without asking anybody.

export const COLORS = 8;

/** FNV-1a over the id, so that people of one party with neighbouring ids differ. */
export function colorOf(personId: string): number {
  let hash = 0x811c9dc5;
  for (const letter of personId) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (hash >>> 8) % COLORS;
}
