// Two writers of different parties at one chapter, and whoever else of the sample plan a case needs.
//
// Why it exists: what happens between people needs the same start everywhere: a server, a browser, a machine for each
// person, and a chapter that both writers may write.
import assert from "node:assert/strict";
import { person, startBrowser } from "./browser.mjs";
import { openChapter } from "./editor.mjs";
import { Server } from "./server.mjs";

/** The two writers first among the people, then the others in the order of their names; `end` it in `after`. */
export async function atOneChapter(...others) {
  const [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  const end = async () => {
    await browser.close();
    await server.stop();
  };
  try {
    const people = await Promise.all(["writer", "secondWriter", ...others].map((who) => person(browser, server, who)));
    const [anna, bram] = people;
    const writable = new Set(bram.plan.chapters.filter((each) => each.mayWrite).map((each) => each.id));
    const chapter = anna.plan.chapters.find((each) => each.mayWrite && writable.has(each.id));
    assert.ok(chapter, "the sample plan has a chapter both writers may write");
    return { people, chapter, end };
  } catch (fault) {
    await end();
    throw fault;
  }
}

/** The same, with the chapter open for both writers. */
export async function writingAtOneChapter(...others) {
  const start = await atOneChapter(...others);
  try {
    const open = ({ page, plan }) => openChapter(page, plan, start.chapter);
    return { ...start, editors: await Promise.all(start.people.slice(0, 2).map(open)) };
  } catch (fault) {
    await start.end();
    throw fault;
  }
}

/** Whose words the paragraph holds that begins so, as the server tells it to somebody; also those that somebody put back. */
export async function writersOf({ plan }, chapter, beginning) {
  const { blocks } = await plan.get(`/chapters/${chapter.id}/blame`);
  const runs = blocks.map((block) => block.runs).find((each) => each.map((run) => run.text).join("").startsWith(beginning));
  return runs.reduce((theirs, { text, written: { actor } }) => {
    const last = theirs.at(-1);
    if (last?.[1] === actor.person?.id) last[0] += text;
    else theirs.push([text, actor.person?.id]);
    return theirs;
  }, []);
}
