// The editor as the pages load it: `openChapter` on the core in its worker.
import { openCore } from "../core/client.ts";
import { openChapterOn } from "./open.ts";

export const openChapter = openChapterOn(openCore);
