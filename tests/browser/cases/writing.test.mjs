// Writing together: the same paragraph, lists, each other's cursor; offline and back; a server that is killed.
//
// Why it exists: this is what the product is for. Two Chromium contexts are two people on two machines; the server
// is the real one; a test passes only when both see the same text and every typed character is in it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { goOffline, goOnline, person, picture, startBrowser, until } from "../harness/browser.mjs";
import { agree, openChapter } from "../harness/editor.mjs";
import { Server } from "../harness/server.mjs";

let server;
let browser;
let anna;
let bram;
/** A chapter both may write, for each test another. */
let shared;

before(async () => {
  [server, browser] = await Promise.all([Server.started(), startBrowser()]);
  [anna, bram] = await Promise.all(["writer", "secondWriter"].map((who) => person(browser, server, who)));
  const writable = new Set(bram.plan.chapters.filter((chapter) => chapter.mayWrite).map((chapter) => chapter.id));
  shared = anna.plan.chapters.filter((chapter) => chapter.mayWrite && writable.has(chapter.id));
  assert.ok(shared.length > 0, "the sample plan has a chapter both writers may write");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Both people in one chapter, each on an empty last paragraph with a word of their own to hold on to. */
async function together(chapter = shared[0]) {
  const editors = await Promise.all([openChapter(anna.page, anna.plan, chapter), openChapter(bram.page, bram.plan, chapter)]);
  await agree(editors);
  return editors;
}

test("two people type in one paragraph at once: the same text, nothing lost, each other's cursor", async () => {
  const [one, two] = await together();
  await one.toEnd();
  await one.press("Enter");
  await one.type("Anna begint hier | en hier eindigt de zin.");
  await until("the second sees the sentence", async () => (await two.text()).includes("eindigt de zin."));
  await two.after("hier |");
  await one.after("eindigt de zin.");
  const first = " Dat schreef Anna aan het einde, met een 🏠 en een é.";
  const second = " (Bram voegt dit in het midden toe, met é en 👩‍👩‍👧.)";
  await Promise.all([one.type(first, { delay: 30 }), two.type(second, { delay: 30 })]);
  const text = await agree([one, two]);
  const line = text.split("\n").find((each) => each.startsWith("Anna begint hier |"));
  assert.equal(line, `Anna begint hier |${second} en hier eindigt de zin.${first}`);
  await until("each sees the other's cursor", async () => {
    const [seen, other] = await Promise.all([one.cursors(), two.cursors()]);
    return seen.length === 1 && other.length === 1 && seen[0] !== other[0];
  });
  await picture(anna.page, "two-cursors");
  await Promise.all([one.saved(), two.saved()]);
});

test("two people work in lists at once: items, nesting and order end up the same", async () => {
  const [one, two] = await together();
  await one.toEnd();
  await one.press("Enter");
  await one.type("- ");
  await one.type("punt een");
  for (const item of ["punt twee", "punt drie"]) {
    await one.press("Enter");
    await one.type(item);
  }
  await until("the list has arrived", async () => (await two.text()).includes("punt drie"));
  await Promise.all([agree([one, two]), one.saved()]);
  await one.after("punt een");
  await two.after("punt drie");
  const grow = async (editor, name) => {
    for (let number = 1; number <= 3; number += 1) {
      await editor.press("Enter");
      if (number === 2) await editor.press("Tab");
      await editor.type(`${name} ${number}`, { delay: 25 });
    }
  };
  await Promise.all([grow(one, "van Anna"), grow(two, "van Bram")]);
  const text = await agree([one, two]);
  const items = text.split("\n").slice(text.split("\n").indexOf("punt een"));
  assert.deepEqual(items, [
    "punt een", "van Anna 1", "van Anna 2", "van Anna 3",
    "punt twee", "punt drie", "van Bram 1", "van Bram 2", "van Bram 3",
  ]);
  const depth = (editor, words) =>
    editor.field.locator("li", { hasText: words }).last().evaluate((item) => {
      let lists = 0;
      for (let at = item.parentElement; at && !at.matches("[role=textbox]"); at = at.parentElement) {
        if (at.matches("ul, ol")) lists += 1;
      }
      return lists;
    });
  for (const editor of [one, two]) {
    assert.equal(await depth(editor, "van Anna 1"), 1);
    assert.equal(await depth(editor, "van Anna 2"), 2);
    assert.equal(await depth(editor, "van Bram 3"), 2);
  }
});

test("marks and headings travel: bold, a heading, a quote, and undo takes back only one's own", async () => {
  const [one, two] = await together();
  await one.toEnd();
  for (let times = 0; times < 3; times += 1) await one.press("Enter");
  await one.press("Control+b");
  await one.type("vetgedrukt");
  await one.press("Control+b");
  await one.type(" gewoon");
  await until("bold has arrived", () => two.field.locator("strong", { hasText: "vetgedrukt" }).count());
  await until("all of it has arrived", async () => (await two.text()).includes("vetgedrukt gewoon"));
  await two.after("gewoon");
  await two.type(" en van Bram");
  await until("Bram's words arrived", async () => (await one.text()).includes("en van Bram"));
  await one.press("Control+z");
  const text = await agree([one, two]);
  assert.match(text, /en van Bram/, "undo leaves what the other wrote");
  assert.doesNotMatch(text, /vetgedrukt gewoon/, "undo takes back one's own last words");
});

test("offline: typing goes on, survives a reload without connection, and comes back whole", async () => {
  const [one, two] = await together();
  await one.toEnd();
  await one.press("Enter");
  await one.type("Voor de tunnel.");
  // Bram gets a paragraph of his own: who comes first where two people write at the very same place, nobody can say.
  await one.press("Enter");
  await one.type("Onder de tunnel.");
  await one.saved();
  await until("both are level", async () => (await two.text()).includes("Onder de tunnel."));
  await one.after("Voor de tunnel.");
  await goOffline(anna);
  await one.type(" In de tunnel geschreven.", { delay: 20 });
  await until("the page says it is offline", async () => (await one.status()) === "offline");
  await two.toEnd();
  await two.press("Enter");
  await two.type("Bram schreef intussen door.");
  await two.saved();
  await anna.page.reload();
  await one.opened();
  assert.match(await one.text(), /Voor de tunnel\. In de tunnel geschreven\./, "the reload kept what was typed");
  assert.doesNotMatch(await one.text(), /Bram schreef intussen/, "really offline");
  await one.after("In de tunnel geschreven.");
  await one.type(" Na het herladen.");
  await picture(anna.page, "offline-after-reload");
  await goOnline(anna);
  const text = await agree([one, two], { ms: 30_000 });
  for (const words of ["Voor de tunnel. In de tunnel geschreven.", "Na het herladen.", "Bram schreef intussen door."]) {
    assert.equal(text.split(words).length, 2, `"${words}" stands there exactly once`);
  }
  await one.saved();
});

test("the server is killed while both type: nothing acknowledged is lost, both go on by themselves", async () => {
  const [one, two] = await together();
  for (const [editor, words] of [[one, "Rij van Anna:"], [two, "Rij van Bram:"]]) {
    await editor.toEnd();
    await editor.press("Enter");
    await editor.type(words);
    await agree([one, two]);
  }
  await one.after("Rij van Anna:");
  await two.after("Rij van Bram:");
  const numbers = Array.from({ length: 60 }, (_, index) => ` ${index + 1}`).join("");
  const typing = Promise.all([one.type(numbers, { delay: 45 }), two.type(numbers, { delay: 45 })]);
  await until("some of it is on its way", async () => (await one.text()).includes("Rij van Anna: 1 2 3 4 5"));
  await server.kill();
  await new Promise((go) => setTimeout(go, 1_500));
  await server.start();
  await typing;
  const text = await agree([one, two], { ms: 30_000 });
  await Promise.all([one.saved({ ms: 30_000 }), two.saved({ ms: 30_000 })]);
  assert.ok(text.includes(`Rij van Anna:${numbers}`), `Anna's row is whole:\n${text.slice(-900)}`);
  assert.ok(text.includes(`Rij van Bram:${numbers}`), `Bram's row is whole:\n${text.slice(-900)}`);
  const fresh = await person(browser, server, "programme");
  const read = await fresh.plan.get(`/chapters/${shared[0].id}/text`);
  assert.ok(JSON.stringify(read.document).includes(`Rij van Anna:${numbers}`), "the API reads the same from the log");
  await fresh.context.close();
});

test("what a word processor's page had and the text cannot hold is said once, and no amount is changed by a footnote", async () => {
  const [one] = await together();
  const said = anna.page.getByRole("status").filter({ hasText: "Niet overgenomen" });
  const html =
    '<p>Dit kost 20<sup>1</sup> euro op 90 m<span style="vertical-align:super">2</span>, de 3<sup>e</sup> keer <s>niet</s>.</p>' +
    '<table><tr><td>Huis</td><td>Tuin</td></tr></table><p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">Klaar.</p>';
  await one.toEnd();
  await one.press("Enter");
  await one.paste(html, { type: "text/html" });
  await until("the words stand there", async () => (await one.text()).includes("Dit kost 20¹ euro op 90 m², de 3e keer niet."));
  await said.waitFor();
  assert.equal(
    await said.innerText(),
    "Niet overgenomen: een afbeelding, superscript of subscript, de streep door doorgehaalde tekst en een tabel (de woorden staan er als regels).",
  );
  await picture(anna.page, "pasted-from-word");
  await one.type("!");
  await said.waitFor({ state: "detached" });
  await one.paste("<p>Gewoon <b>vet</b>.</p>", { type: "text/html" });
  await until("that stands there too", async () => (await one.text()).includes("Gewoon vet."));
  assert.equal(await said.count(), 0, "all of it was taken over");
  await one.saved();
});

test("200,000 characters pasted at once arrive whole, at the other writer and in the log", async () => {
  const [one, two] = await together();
  const before = await agree([one, two]);
  await one.toEnd();
  await one.press("Enter");
  await one.paste("wijkzorg ".repeat(22_222));
  await until("the words stand there", async () => (await one.text()).includes("wijkzorg wijkzorg"), { ms: 60_000 });
  await one.saved({ ms: 60_000 });
  const text = await agree([one, two], { ms: 60_000 });
  assert.equal(text.split("wijkzorg").length - before.split("wijkzorg").length, 22_222);
  const read = await bram.plan.get(`/chapters/${shared[0].id}/text`);
  assert.equal(JSON.stringify(read.document).split("wijkzorg").length - 1, 22_222, "the log holds them too");
  // The next test needs the room.
  await one.press("Control+z");
  await until("they are taken back", async () => !(await one.text()).includes("wijkzorg"), { ms: 60_000 });
  await one.saved({ ms: 60_000 });
});

test("a pasted megabyte is longer than a chapter may be: said so, kept for its author, nothing half", async () => {
  const [one, two] = await together();
  const before = await agree([one, two]);
  await one.toEnd();
  await one.paste("regioplan ".repeat(100_000));
  await anna.page.getByText("Het hoofdstuk wordt hiermee te lang.").first().waitFor({ timeout: 60_000 });
  const kept = await anna.page.locator(".refused", { hasText: "regioplan regioplan" }).count();
  assert.ok(kept > 0, "the words stay with their author");
  await anna.page.getByText(/ongeveer 100 bladzijden \(300\.000 tekens\)\. Er is nog plaats voor ongeveer [\d.]+ tekens; dit zijn er 1\.000\.000\./).waitFor();
  assert.equal(await anna.page.getByRole("button", { name: "Zet terug in de tekst" }).count(), 0, "what cannot work is not offered");
  await anna.page.getByText("Opgeslagen, behalve de woorden boven de tekst").first().waitFor();
  assert.equal(await agree([one, two], { ms: 60_000 }), before);
});

test("nobody met an uncaught error", () => {
  assert.deepEqual([...anna.faults, ...bram.faults], []);
});
