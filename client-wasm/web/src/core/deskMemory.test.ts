// What windows hear whatever they show: told once per change, gathered per chapter.
import { expect, test } from "vitest";
import type { DeskState, Reunion } from "./client.ts";
import { DeskMemory } from "./deskMemory.ts";
import { dutch } from "../i18n/testing.ts";
import { reunionWords } from "../ui/write/Reunion.tsx";
import type { ToldStatus } from "./protocol.ts";

const CHAPTER = "plan/chapter";
const NOW = 1_000_000_000;
const BRAM = { actor: { person: { id: "b", name: "Bram" }, party: null }, source: "writer" };
const SHARED = { excerpt: "Zorg dichtbij", edits: [{ by: BRAM, added: ["van Bram"], removed: [] }] };

function listening() {
  const heard: DeskState[] = [];
  const kept: (readonly Reunion[])[] = [];
  return { heard, kept, memory: new DeskMemory((state) => heard.push(state), (reunions) => kept.push(reunions)) };
}

function status(change: Partial<ToldStatus>): ToldStatus {
  return { type: "status", status: "saved", canWrite: true, readOnlyReason: null, refused: [], waiting: 0, unkept: null, erasedBefore: null, ...change };
}

const refused = { id: "1-0", text: "te laat", reason: "chapter-frozen", at: 1 };

test("a status that says nothing new is not told", () => {
  const { heard, memory } = listening();
  memory.status(CHAPTER, status({ waiting: 1 }));
  memory.status(CHAPTER, status({ waiting: 2 }));
  expect(heard.map(({ isWaiting }) => isWaiting)).toEqual([true]);
  memory.status(CHAPTER, status({}));
  expect(heard.at(-1)?.isWaiting).toBe(false);
});

test("refused words stay when their chapter is closed, until they are let go", () => {
  const { heard, memory } = listening();
  memory.status(CHAPTER, status({ refused: [refused], waiting: 1 }));
  memory.closed(CHAPTER);
  expect(heard.at(-1)).toMatchObject({ isWaiting: false, refused: [{ planId: "plan", chapterId: "chapter", words: [refused] }] });
  memory.discarded(CHAPTER, refused.id);
  expect(heard.at(-1)?.refused).toEqual([]);
});

test("a second absence before the report was read adds to it", () => {
  const { heard, memory } = listening();
  const report = { added: 3, removed: 0, refused: 0, shared: [SHARED] };
  memory.report(CHAPTER, JSON.stringify(report), NOW);
  memory.report(CHAPTER, JSON.stringify({ ...report, added: 2, removed: 1 }), NOW);
  memory.report("plan/other", JSON.stringify(report), NOW);
  expect(heard.at(-1)?.reunions.map(({ chapterId, added, removed, shared }) => [chapterId, added, removed, shared.length])).toEqual([
    ["chapter", 5, 1, 1],
    ["other", 3, 0, 1],
  ]);
  memory.read(CHAPTER);
  expect(heard.at(-1)?.reunions.map(({ chapterId }) => chapterId)).toEqual(["other"]);
});

/** Words are typed without a connection, and arrive. */
function beAway(memory: DeskMemory, refusals: ToldStatus["refused"] = []): void {
  memory.connected(false);
  memory.status(CHAPTER, status({ waiting: 1 }));
  memory.connected(true);
  memory.status(CHAPTER, status({ refused: refusals }));
}

test("after a second absence, too short for a report, an unread one does not go on counting the first alone", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");
  const report = JSON.stringify({ added: 10, removed: 0, refused: 0, shared: [] });
  const { heard, kept, memory } = listening();
  const said = () => heard.at(-1)?.reunions.map((each) => reunionWords(each, say));
  beAway(memory);
  expect(kept).toEqual([]);
  memory.report(CHAPTER, report, NOW);
  memory.status(CHAPTER, status({ waiting: 1 }));
  memory.status(CHAPTER, status({}));
  expect(said()).toEqual(["10 woorden van u zijn opgeslagen."]);
  beAway(memory);
  expect(said()).toEqual(["Wat u zonder verbinding schreef, is opgeslagen."]);
  expect(kept.at(-1)).toMatchObject([{ uncounted: 1 }]);
  // A long one is counted, and the short one before it still is not.
  beAway(memory);
  memory.report(CHAPTER, report, NOW);
  expect(said()).toEqual(["Wat u zonder verbinding schreef, is opgeslagen."]);
});

test("a second absence that has a report of its own is counted, whether that comes before the words are known to have arrived or after", async () => {
  const say = await dutch("2026-11-22T12:00:00Z");
  const report = JSON.stringify({ added: 10, removed: 0, refused: 0, shared: [] });
  const { heard, memory } = listening();
  memory.report(CHAPTER, report, NOW);
  beAway(memory);
  memory.report(CHAPTER, report, NOW);
  memory.connected(false);
  memory.status(CHAPTER, status({ waiting: 1 }));
  memory.connected(true);
  memory.report(CHAPTER, report, NOW);
  memory.status(CHAPTER, status({}));
  expect(heard.at(-1)?.reunions.map((each) => reunionWords(each, say))).toEqual(["30 woorden van u zijn opgeslagen."]);
});

test("of words that were refused nobody says that they are saved", () => {
  const { kept, memory } = listening();
  memory.report(CHAPTER, JSON.stringify({ added: 10, removed: 0, refused: 0, shared: [] }), NOW);
  beAway(memory, [refused]);
  expect(kept.at(-1)).toMatchObject([{ added: 10 }]);
  expect(kept.at(-1)?.[0]).not.toHaveProperty("uncounted");
});

test("a report that was not read outlives the worker; a text that was replaced leaves no words in it", () => {
  const first = listening();
  first.memory.report(CHAPTER, JSON.stringify({ added: 3, removed: 0, refused: 0, shared: [SHARED] }), NOW);
  const { heard, kept, memory } = listening();
  memory.restore(first.kept.at(-1) ?? [], NOW + 1);
  expect(heard.at(-1)?.reunions).toHaveLength(1);
  memory.textReplaced(CHAPTER);
  expect(kept.at(-1)).toMatchObject([{ added: 3, shared: [] }]);
  memory.read(CHAPTER);
  expect(kept.at(-1)).toEqual([]);
});

test("a report that says nothing but that words were refused is none: they are shown themselves", () => {
  const { heard, kept, memory } = listening();
  memory.report(CHAPTER, JSON.stringify({ added: 0, removed: 0, refused: 4, shared: [] }), NOW);
  expect([heard, kept]).toEqual([[], []]);
});

test("a report of yesterday goes by itself, and so does one of an earlier release", () => {
  const { heard, kept, memory } = listening();
  memory.report(CHAPTER, JSON.stringify({ added: 3, removed: 0, refused: 0, shared: [SHARED] }), NOW);
  memory.forgetOld(NOW + 60_000);
  expect(heard.at(-1)?.reunions).toHaveLength(1);
  memory.forgetOld(NOW + 24 * 60 * 60 * 1_000);
  expect([heard.at(-1)?.reunions, kept.at(-1)]).toEqual([[], []]);
  const unnamed = { planId: "plan", chapterId: "chapter", added: 2, removed: 0, shared: [{ excerpt: "Zorg", added: ["van Bram"], removed: [] }], at: NOW };
  const between = listening();
  between.memory.restore([unnamed as unknown as Reunion], NOW + 1);
  expect(between.memory.state.reunions).toMatchObject([{ added: 2, shared: [] }]);
  const earlier = { planId: "plan", chapterId: "chapter", added: 2, removed: 0, refused: 0, shared: [{ excerpt: "Eigen woorden" }] };
  const later = listening();
  later.memory.restore([earlier as unknown as Reunion], NOW + 1);
  expect(later.memory.state.reunions).toEqual([]);
});
