// Who is signed in, for which party; every page stands inside this.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api, done, onSignedOut, valueOf } from "../../api/client.ts";
import { asApiError, type ApiError } from "../../api/problem.ts";
import type { Session } from "../../api/types.ts";
import { forgetKeptAnswers, keepSession, useBackOnline } from "./offline.ts";

type Known =
  | { readonly state: "unknown" }
  | { readonly state: "unreachable"; readonly error: ApiError }
  | { readonly state: "out" }
  /** `ended`: the session is over, and what was being written still stands on the page. */
  | { readonly state: "in"; readonly session: Session; readonly ended?: true };

/** How often a page that is looked at asks whether its reader is still signed in. */
const STILL_MS = 60_000;

interface SessionActions {
  readonly known: Known;
  readonly signIn: (token: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
  readonly retry: () => void;
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
      learn({ state: "in", session: await valueOf(api.GET("/session")) });
    } catch (thrown) {
      const error = asApiError(thrown);
      learn(error.status === 401 ? { state: "out" } : { state: "unreachable", error });
    }
  }, []);
  useEffect(() => {
    void ask();
    return onSignedOut(() => setKnown({ state: "out" }));
  }, [ask]);
  useStillIn(known.state === "in", setKnown);
  const signIn = useCallback(async (token: string) => {
    turn.current += 1;
    await forgetKeptAnswers();
    setKnown({ state: "in", session: await valueOf(api.POST("/session", { body: { token } })) });
    keepSession();
  }, []);
  const signOut = useCallback(async () => {
    await done(api.DELETE("/session"));
    await forgetKeptAnswers();
    setKnown({ state: "out" });
  }, []);
  const unreachable = known.state === "unreachable";
  useBackOnline(
    useCallback(() => {
      if (unreachable) void ask();
    }, [unreachable, ask]),
  );
  const actions = useMemo(() => ({ known, signIn, signOut, retry: () => void ask() }), [known, signIn, signOut, ask]);
  return <SessionContext value={actions}>{children}</SessionContext>;
}

/** Lets a page that is left open notice that its reader was signed out, or forgotten, and that their name goes. */
function useStillIn(isIn: boolean, setKnown: (change: (before: Known) => Known) => void): void {
  useEffect(() => {
    if (!isIn) return;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        await valueOf(api.GET("/session"));
      } catch (thrown) {
        if (asApiError(thrown).status === 401) setKnown(endedFrom);
      }
    };
    const timer = setInterval(() => void look(), STILL_MS);
    const seen = () => void look();
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [isIn, setKnown]);
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
