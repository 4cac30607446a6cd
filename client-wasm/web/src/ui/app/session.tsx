// Who is signed in, for which party; every page stands inside this.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api, done, onNotOneself, showing, valueOf } from "../../api/client.ts";
import { asApiError, type ApiError } from "../../api/problem.ts";
import type { Session } from "../../api/types.ts";
import { whoOf } from "../../core/sessionCheck.ts";
import { forgetKeptAnswers, keepSession, useBackOnline } from "./offline.ts";
import { beginAnew, forgetShown, isReplacedBy } from "./beginAnew.ts";

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
  // Signing in and asking who is signed in may cross; only the answer to the last of them counts.
  const turn = useRef(0);
  const ask = useCallback(async () => {
    const mine = (turn.current += 1);
    const learn = (next: Known) => {
      if (turn.current === mine) setKnown(next);
    };
    try {
      const session = await valueOf(api.GET("/session"));
      learn({ state: "in", session, replaced: isReplacedBy(whoOf(session)) });
    } catch (thrown) {
      const error = asApiError(thrown);
      learn(error.status === 401 ? { state: "out" } : { state: "unreachable", error });
    }
  }, []);
  const shown = known.state === "in" ? whoOf(known.session) : null;
  useEffect(() => void ask(), [ask]);
  useEffect(() => onNotOneself((who) => (who === "another" ? beginAnew(shown) : setKnown({ state: "out" }))), [shown]);
  useEffect(() => showing(shown), [shown]);
  useStillIn(shown, setKnown);
  const signIn = useCallback(async (token: string) => {
    turn.current += 1;
    await forgetKeptAnswers();
    setKnown({ state: "in", session: await valueOf(api.POST("/session", { body: { token } })) });
    forgetShown();
    keepSession();
    tellOtherWindows();
  }, []);
  const signOut = useCallback(async () => {
    await done(api.DELETE("/session"));
    await forgetKeptAnswers();
    setKnown({ state: "out" });
    tellOtherWindows();
  }, []);
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
function useStillIn(who: string | null, setKnown: (change: (before: Known) => Known) => void): void {
  useEffect(() => {
    if (who === null) return;
    const ask = async (onError: (error: ApiError) => void) => {
      try {
        if (whoOf(await valueOf(api.GET("/session"))) !== who) beginAnew(who);
      } catch (thrown) {
        onError(asApiError(thrown));
      }
    };
    const look = () => {
      if (document.visibilityState === "visible") void ask(({ status }) => status === 401 && setKnown(endedFrom));
    };
    // Nobody looks at this window now: it need not say yet that nobody is signed in.
    const hear = ({ key }: StorageEvent) => {
      if (key === CHANGED) void ask(() => undefined);
    };
    const timer = setInterval(look, STILL_MS);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("storage", hear);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("storage", hear);
    };
  }, [who, setKnown]);
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
