// Which words of a field changed, so that a long text does not have to be read twice. Pure.

/** A stretch of words that stayed, went or came. */
export interface WordRun {
  readonly change: "same" | "deleted" | "inserted";
  readonly text: string;
}

/** Above this many words on a side (after the common ends) the texts are shown whole: the table would grow with the square. */
const WORDS_MAX = 800;

/** The difference of two texts by words: the longest common subsequence, deletions before insertions. */
export function wordDiff(before: string, after: string): WordRun[] {
  const old = tokens(before);
  const now = tokens(after);
  const head = commonPrefix(old, now);
  const tail = commonPrefix(old.slice(head).toReversed(), now.slice(head).toReversed());
  const oldMiddle = old.slice(head, old.length - tail);
  const nowMiddle = now.slice(head, now.length - tail);
  const middle =
    oldMiddle.length > WORDS_MAX || nowMiddle.length > WORDS_MAX
      ? [...oldMiddle.map((text) => run("deleted", text)), ...nowMiddle.map((text) => run("inserted", text))]
      : common(oldMiddle, nowMiddle);
  return merged([...old.slice(0, head).map((text) => run("same", text)), ...middle, ...old.slice(old.length - tail).map((text) => run("same", text))]);
}

/** Words with the space after them. */
function tokens(text: string): string[] {
  return text.match(/\s*\S+\s*?|\s+$/g) ?? [];
}

function run(change: WordRun["change"], text: string): WordRun {
  return { change, text };
}

function commonPrefix(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

function common(old: readonly string[], now: readonly string[]): WordRun[] {
  const width = now.length + 1;
  const best = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => best[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      best[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const runs: WordRun[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      runs.push(run("same", old[i] ?? ""));
      i += 1;
      j += 1;
    } else if (i < old.length && (j >= now.length || at(i + 1, j) >= at(i, j + 1))) {
      runs.push(run("deleted", old[i] ?? ""));
      i += 1;
    } else {
      runs.push(run("inserted", now[j] ?? ""));
      j += 1;
    }
  }
  return runs;
}

function merged(runs: readonly WordRun[]): WordRun[] {
  const joined: WordRun[] = [];
  for (const each of runs) {
    const last = joined.at(-1);
    if (last?.change === each.change) joined[joined.length - 1] = run(last.change, last.text + each.text);
    else joined.push(each);
  }
  return joined;
}
