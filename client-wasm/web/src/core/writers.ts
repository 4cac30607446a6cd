// Asks the server whose the actors of a chapter's text are, before others are named in a report on an absence.

/** How long an answer may take. */
const ANSWER_MS = 10_000;
/** After how long it is asked, and asked again: the connection may have gone once more. */
const ASK_AFTER_MS = [0, 2_000, 10_000];

/** `WriterList` of the contract as it comes; empty when nobody answers. `chapter` is `plan/chapter`. */
export async function writersOf(chapter: string, actors: string): Promise<string> {
  const [plan = "", id = ""] = chapter.split("/");
  for (const pause of ASK_AFTER_MS) {
    await new Promise((go) => setTimeout(go, pause));
    try {
      const asked = `/api/v1/plans/${plan}/chapters/${id}/writers?actors=${actors}`;
      const answer = await fetch(asked, { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.ok) return await answer.text();
      if (answer.status < 500) return "";
    } catch {
      // Asked again.
    }
  }
  return "";
}
