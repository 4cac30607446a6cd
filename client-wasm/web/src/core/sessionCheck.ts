// Whether the browser's session is still of the person whose words a worker holds.

/** How long an answer may take. */
const ANSWER_MS = 10_000;

interface Session {
  readonly person: { readonly id: string };
  readonly party: { readonly id: string };
}

/** How a person and the party they work for are named together: their store, their worker. */
export function whoOf({ person, party }: Session): string {
  return `${person.id}.${party.id}`;
}

/** Who is signed in; `nobody` also when that cannot be asked. */
export async function isSomebodyElse(who: string): Promise<"oneself" | "nobody" | "another"> {
  try {
    const answer = await fetch("/api/v1/session", { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_MS) });
    if (!answer.ok) return "nobody";
    return whoOf((await answer.json()) as Session) === who ? "oneself" : "another";
  } catch {
    return "nobody";
  }
}
