// Who is signed in, for which party; every page stands inside this.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api, done, onNotOneself, showing, valueOf } from "../../api/client.ts";
import { asApiError, type ApiError } from "../../api/problem.ts";
import type { Session } from "../../api/types.ts";
import { lookAgain } from "../../core/client.ts";
import { whoOf } from "../../core/sessionCheck.ts";
import { forgetKeptAnswers, keepSession, useBackOnline } from "./offline.ts";
import { beginAnew, forgetShown, isReplacedBy } from "./beginAnew.ts";
import { LastWord } from "./lastWord.ts";

type Known =
  | { readonly state: "unknown" }
  | { readonly state: "unreachable"; readonly error: ApiError }
  | { readonly state: "out" }
  /**
   * `ended`: the session is over, and what was being written still stands on the page. `replaced`: the window showed
   * somebody else, until this person signed in in another one.
   */
  | { readonly state: "in"; readonly session: Session; readonly ended?: true; readonly replaced?: boolean };

/** How often a page that is looked at asks whether its reader is still signed in. */
const STILL_MS = 60_000;

/** Where a window notes that who is signed in has changed: the browser's other windows hear of it. */
const CHANGED = "schrijftafel-aangemeld";

interface SessionActions {
  readonly known: Known;
  readonly signIn: (token: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
  readonly retry: () => void;
  /** One goes on in a window that became one's own. */
  readonly understood: () => void;
}

const SessionContext = createContext<SessionActions | null>(null);

/** Asks once who is signed in, and hears when something a person does meets that nobody is. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [known, setKnown] = useState<Known>({ state: "unknown" });
  const [word] = useState(() => new LastWord());
  const ask = useCallback(async () => {
    const counts = word.asked();
    const learn = (next: Known) => {
      if (counts()) setKnown(next);
    };
    try {
      const session = await valueOf(api.GET("/session"));
      learn({ state: "in", session, replaced: isReplacedBy(whoOf(session)) });
    } catch (thrown) {
      const error = asApiError(thrown);
      learn(error.status === 401 ? { state: "out" } : { state: "unreachable", error });
    }
  }, [word]);
  const shown = known.state === "in" ? whoOf(known.session) : null;
  useEffect(() => void ask(), [ask]);
  useEffect(() => onNotOneself((who) => (who === "another" ? beginAnew(shown) : setKnown({ state: "out" }))), [shown]);
  useEffect(() => showing(shown), [shown]);
  useStillIn(shown, word, setKnown);
  useBackIn(shown, known.state === "out", word, setKnown);
  const signIn = useCallback(
    async (token: string) => {
      await forgetKeptAnswers();
      const session = await valueOf(api.POST("/session", { body: { token } }));
      word.settled();
      setKnown({ state: "in", session });
      forgetShown();
      keepSession();
      tellOtherWindows();
    },
    [word],
  );
  const signOut = useCallback(async () => {
    await done(api.DELETE("/session"));
    word.settled();
    await forgetKeptAnswers();
    setKnown({ state: "out" });
    tellOtherWindows();
  }, [word]);
  const unreachable = known.state === "unreachable";
  useBackOnline(
    useCallback(() => {
      if (unreachable) void ask();
    }, [unreachable, ask]),
  );
  const understood = useCallback(() => {
    forgetShown();
    setKnown((before) => (before.state === "in" ? { ...before, replaced: false } : before));
  }, []);
  const actions = useMemo(() => ({ known, signIn, signOut, retry: () => void ask(), understood }), [known, signIn, signOut, ask, understood]);
  return <SessionContext value={actions}>{children}</SessionContext>;
}

/**
 * Lets a page that is left open notice that its reader was signed out, or forgotten, and that their name goes; and that
 * somebody else is signed in now, in whose name all that it does would be recorded: then it begins anew.
 */
function useStillIn(who: string | null, word: LastWord, setKnown: (change: (before: Known) => Known) => void): void {
  useEffect(() => {
    if (who === null) return;
    const ask = async (onError: (error: ApiError) => void) => {
      const counts = word.looked();
      try {
        const now = whoOf(await valueOf(api.GET("/session")));
        if (!counts()) return;
        if (now !== who) beginAnew(who);
        else {
          setKnown(goneOn);
          lookAgain();
        }
      } catch (thrown) {
        if (counts()) onError(asApiError(thrown));
      }
    };
    const look = () => void ask(({ status }) => status === 401 && setKnown(endedFrom));
    const timer = setInterval(() => document.visibilityState === "visible" && look(), STILL_MS);
    // Nobody looks at this window now: it need not say yet that nobody is signed in.
    const end = whenWhoMayDiffer(look, () => void ask(() => undefined));
    return () => {
      clearInterval(timer);
      end();
    };
  }, [who, word, setKnown]);
}

/**
 * Lets a window whose reader signed out go on when the same person has signed in in another one. Of anybody else it keeps
 * asking who one is.
 */
function useBackIn(shown: string | null, isOut: boolean, word: LastWord, setKnown: (change: (before: Known) => Known) => void): void {
  const last = useRef(shown);
  useEffect(() => {
    if (shown !== null) last.current = shown;
  }, [shown]);
  useEffect(() => {
    const who = last.current;
    if (!isOut || who === null) return undefined;
    const ask = async () => {
      const counts = word.looked();
      const session = await valueOf(api.GET("/session")).catch(() => null);
      if (!counts() || session === null || whoOf(session) !== who) return;
      setKnown((before) => (before.state === "out" ? { state: "in", session } : before));
      lookAgain();
    };
    return whenWhoMayDiffer(() => void ask(), () => void ask());
  }, [isOut, word, setKnown]);
}

/** Calls `look` when somebody looks at this window again, and `hear` when another one says that who is signed in changed. */
function whenWhoMayDiffer(look: () => void, hear: () => void): () => void {
  const seen = () => document.visibilityState === "visible" && look();
  const heard = ({ key }: StorageEvent) => key === CHANGED && hear();
  document.addEventListener("visibilitychange", seen);
  window.addEventListener("storage", heard);
  return () => {
    document.removeEventListener("visibilitychange", seen);
    window.removeEventListener("storage", heard);
  };
}

/** The reader is signed in still, or again: then what was closed for want of that goes on. */
function goneOn(before: Known): Known {
  if (before.state !== "in" || before.ended !== true) return before;
  const { ended: _, ...rest } = before;
  return rest;
}

function tellOtherWindows(): void {
  try {
    localStorage.setItem(CHANGED, String(Date.now()));
  } catch {
    // Without a place to note it they find out when they are looked at.
  }
}

/** Who is out is asked to sign in; the page where one writes says so itself, beside the words that are still there. */
function endedFrom(before: Known): Known {
  const writes = /\/hoofdstukken\/[^/]+\/schrijven$/.test(window.location.pathname);
  return writes && before.state === "in" ? { ...before, ended: true } : { state: "out" };
}

export function useSessionActions(): SessionActions {
  const actions = useContext(SessionContext);
  if (actions === null) throw new Error("a page stands outside the SessionProvider");
  return actions;
}

/** Who is signed in; only for pages behind the sign-in. */
export function useSession(): Session {
  const { known } = useSessionActions();
  if (known.state !== "in") throw new Error("this page needs someone signed in");
  return known.session;
}
