// Who is signed in, for which party; every page stands inside this.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api, done, onSignedOut, quietValueOf, valueOf } from "../../api/client.ts";
import { asApiError, type ApiError } from "../../api/problem.ts";
import type { Session } from "../../api/types.ts";
import { forgetKeptAnswers, keepSession, useBackOnline } from "./offline.ts";

type Known =
  | { readonly state: "unknown" }
  | { readonly state: "unreachable"; readonly error: ApiError }
  | { readonly state: "out" }
  | { readonly state: "in"; readonly session: Session };

interface SessionActions {
  readonly known: Known;
  readonly signIn: (token: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
  readonly retry: () => void;
}

const SessionContext = createContext<SessionActions | null>(null);

/** Asks once who is signed in, and hears when the server says that nobody is. */
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
      learn({ state: "in", session: await quietValueOf(api.GET("/session")) });
    } catch (thrown) {
      const error = asApiError(thrown);
      learn(error.status === 401 ? { state: "out" } : { state: "unreachable", error });
    }
  }, []);
  useEffect(() => {
    void ask();
    return onSignedOut(() => setKnown({ state: "out" }));
  }, [ask]);
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
