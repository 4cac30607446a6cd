// How pages read and act: loading with its three states, and commands that are safe to try again.
import { useCallback, useEffect, useRef, useState } from "react";
import { failedByPerson, newKey } from "../../api/client.ts";
import { connection } from "../../api/connection.ts";
import { ApiError, asApiError } from "../../api/problem.ts";
import { useBackOnline } from "../app/offline.ts";

/** What a page knows of something it asked for. A reload keeps the old value on the screen until the new one is there. */
export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly error: ApiError; readonly reload: () => void }
  | { readonly state: "ready"; readonly value: T; readonly reload: () => void };

type Held<T> = { of: unknown; result: { value: T } | { error: ApiError }; offline: boolean } | null;

/** Loading again: by itself or because a person did something, and what. */
interface Round {
  readonly byItself: boolean;
  readonly of: unknown;
}

const FIRST: Round = { byItself: false, of: null };

/**
 * Loads whenever `load` changes; wrap it in `useCallback`. What failed or was kept for lack of a connection is loaded
 * again when the connection is back. Nobody did that: it signs nobody out and takes nothing off the screen.
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [held, setHeld] = useState<Held<T>>(null);
  const [round, setRound] = useState(FIRST);
  const reload = useCallback(() => setRound({ byItself: false, of: load }), [load]);
  useEffect(() => {
    const abort = new AbortController();
    const byItself = round.byItself && round.of === load;
    load(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setHeld({ of: load, result: { value }, offline: !connection.answers });
      },
      (thrown: unknown) => {
        if (abort.signal.aborted) return;
        const error = asApiError(thrown);
        if (!byItself) failedByPerson(error);
        else if (error.code === "not-signed-in") return;
        setHeld({ of: load, result: { error }, offline: error.status === 0 || !connection.answers });
      },
    );
    return () => abort.abort();
  }, [load, round]);
  const offline = held?.offline === true;
  useBackOnline(
    useCallback(() => {
      if (offline) setRound({ byItself: true, of: load });
    }, [offline, load]),
  );
  if (held === null || held.of !== load) return { state: "loading" };
  if ("error" in held.result) return { state: "failed", error: held.result.error, reload };
  return { state: "ready", value: held.result.value, reload };
}

/**
 * The same, and asked again for as long as the page is seen, so long after each answer as `pauseOf` says of the newest
 * value; null ends that. What cannot be had then leaves the last answer where it is.
 */
export function useFollowed<T>(load: (signal: AbortSignal) => Promise<T>, pauseOf: (value: T) => number | null): Loaded<T> {
  const first = useLoaded(load);
  const [newer, setNewer] = useState<{ readonly than: T; readonly value: T } | null>(null);
  const [round, setRound] = useState(0);
  const base = first.state === "ready" ? first : null;
  const value = base === null ? null : newer !== null && newer.than === base.value ? newer.value : base.value;
  const pause = value === null ? null : pauseOf(value);
  const than = base?.value ?? null;
  useEffect(() => {
    if (pause === null || than === null) return undefined;
    const abort = new AbortController();
    const look = async () => {
      try {
        if (document.visibilityState === "hidden") return;
        const next = await load(abort.signal);
        if (!abort.signal.aborted) setNewer({ than, value: next });
      } catch {
        // The next look may succeed.
      } finally {
        if (!abort.signal.aborted) setRound((before) => before + 1);
      }
    };
    const timer = setTimeout(() => void look(), pause);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [load, than, pause, round]);
  return base === null || value === null ? first : { ...base, value };
}

/** A command of the user. */
export interface Command<A extends unknown[]> {
  /** Carries it out; resolves to whether it succeeded. */
  readonly run: (...args: A) => Promise<boolean>;
  readonly busy: boolean;
  readonly error: ApiError | null;
  readonly clear: () => void;
}

/**
 * Wraps an action with its `Idempotency-Key`. The key is kept while the server did not answer, so that pressing
 * the button again after a lost answer returns the first one; any answer ends it.
 */
export function useCommand<A extends unknown[]>(act: (key: string, ...args: A) => Promise<void>): Command<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const pending = useRef<{ key: string; asked: string } | null>(null);
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  const run = useCallback(async (...args: A) => {
    const asked = JSON.stringify(args);
    if (pending.current?.asked !== asked) pending.current = { key: newKey(), asked };
    setBusy(true);
    setError(null);
    try {
      await latest.current(pending.current.key, ...args);
      pending.current = null;
      return true;
    } catch (thrown) {
      const problem = asApiError(thrown);
      if (!problem.passing) pending.current = null;
      failedByPerson(problem);
      setError(problem);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { run, busy, error, clear };
}
