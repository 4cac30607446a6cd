// Takes the picture of the README anew: two people of two organisations in one paragraph of the sample plan.
//
// Why it exists: a picture made by hand is of a version nobody can find again. `npm run picture`, after a change of looks.
import { fileURLToPath } from "node:url";
import { person, startBrowser, until } from "./harness/browser.mjs";
import { openChapter } from "./harness/editor.mjs";
import { Server } from "./harness/server.mjs";

const PICTURE = fileURLToPath(new URL("../../docs/images/writing.png", import.meta.url));

const [server, browser] = await Promise.all([Server.started(), startBrowser()]);
const anna = await person(browser, server, "writer", { viewport: { width: 1180, height: 680 } });
const bram = await person(browser, server, "secondWriter");
const chapter = anna.plan.chapters.find((each) => each.mayWrite && bram.plan.chapters.some((other) => other.mayWrite && other.id === each.id));
const [one, two] = [await openChapter(anna.page, anna.plan, chapter), await openChapter(bram.page, bram.plan, chapter)];
await one.toEnd();
await one.press("Enter");
await one.type("Elke kern krijgt een vast gezicht.");
await until("Bram sees it", async () => (await two.text()).includes("vast gezicht"));
await two.after("vast gezicht.");
await two.type(" Wie dat is, staat op de koelkast.");
await until("Anna sees Bram's words and cursor", async () => (await one.text()).includes("koelkast.") && (await one.cursors()).length === 1);
await one.saved();
await anna.page.screenshot({ path: PICTURE });
await browser.close();
await server.stop();
