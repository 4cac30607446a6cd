// Who is in a chapter, each once, on however many windows and devices they have it open. Pure.

/** Somebody there, as far as it says who that is. */
export interface Present {
  readonly key: string;
  readonly personId: string;
  readonly party: string;
  /** A program of theirs is somebody else. */
  readonly program: string | null;
}

/** The same for the same person of the same party, and for the same program of theirs. */
export function whoIs({ personId, party, program }: Present): string {
  return JSON.stringify([personId, party, program]);
}

/** Everybody once, where they come first. */
export function onceEach<P extends Present>(people: readonly P[]): readonly P[] {
  const seen = new Set<string>();
  return people.filter((each) => !seen.has(whoIs(each)) && seen.add(whoIs(each)));
}
