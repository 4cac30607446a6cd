// The plan that the pages below are about: its chapters, parties and people, loaded once and refreshed when asked.
import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useMemo } from "react";
import { Outlet, useMatch, useParams } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import type { ApiError } from "../../api/problem.ts";
import { useLoaded } from "../parts/hooks.ts";
import type { Chapter, Party, Plan } from "../../api/types.ts";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { useSay } from "../../i18n/words.ts";
import { Bars } from "./Bars.tsx";
import { forgetWhatWasErased } from "./offline.ts";
import { Shell } from "./Shell.tsx";
import { SignOut } from "./SignOut.tsx";

interface PlanValue {
  readonly plan: Plan;
  readonly reload: () => void;
  /** The address of a page of this plan. */
  readonly path: (page: string) => string;
  readonly partyName: (id: string) => string;
  readonly chapter: (id: string | undefined) => Chapter | undefined;
}

const KeptWords = lazy(() => import("../write/KeptWords.tsx"));

const PlanContext = createContext<PlanValue | null>(null);

/** Loads the plan in the address and shows its pages within the shell. */
export function PlanPages() {
  const { planId = "" } = useParams();
  const loaded = useLoaded(
    useCallback(
      async (signal: AbortSignal) => {
        const plan = await valueOf(api.GET("/plans/{planId}", { params: { path: { planId } }, signal }));
        forgetWhatWasErased(plan.id, plan.lastErasure);
        return plan;
      },
      [planId],
    ),
  );
  if (loaded.state === "failed" && !loaded.error.passing) {
    return (
      <Shell plan={null}>
        <Closed error={loaded.error}>
          <WordsOfOnesOwn onOpen={loaded.reload} />
        </Closed>
      </Shell>
    );
  }
  return (
    <Shell plan={loaded.state === "ready" ? loaded.value : null}>
      <Shown of={loaded}>
        {(plan, reload) => (
          <WithPlan plan={plan} reload={reload}>
            <Bars plan={plan} reload={reload} />
            <Outlet />
          </WithPlan>
        )}
      </Shown>
    </Shell>
  );
}

/** A plan that is closed to one: that it is, why, and the way on. */
function Closed({ error, children }: { error: ApiError; children: ReactNode }) {
  const { t, problem } = useSay();
  return (
    <Page title={t("app.closedTitle")}>
      <Notice kind="info" live>
        {problem(error)}
      </Notice>
      {children}
      <p>{t("app.closedHelp")}</p>
      <SignOut />
    </Page>
  );
}

/** Under a plan that is closed to one: what one wrote in the chapter of this address and could not send. */
function WordsOfOnesOwn({ onOpen }: { onOpen: () => void }) {
  const { planId, chapterId } = useMatch("/plannen/:planId/hoofdstukken/:chapterId/schrijven")?.params ?? {};
  if (planId === undefined || chapterId === undefined) return null;
  return (
    <Suspense>
      <KeptWords planId={planId} chapterId={chapterId} onOpen={onOpen} />
    </Suspense>
  );
}

function WithPlan({ plan, reload, children }: { plan: Plan; reload: () => void; children: ReactNode }) {
  const value = useMemo<PlanValue>(() => {
    const parties = new Map<string, Party>(plan.parties.map((party) => [party.id, party]));
    const chapters = new Map<string, Chapter>(plan.chapters.map((chapter) => [chapter.id, chapter]));
    return {
      plan,
      reload,
      path: (page) => `/plannen/${plan.id}/${page}`,
      partyName: (id) => parties.get(id)?.name ?? id,
      chapter: (id) => (id === undefined ? undefined : chapters.get(id)),
    };
  }, [plan, reload]);
  return <PlanContext value={value}>{children}</PlanContext>;
}

export function usePlan(): PlanValue {
  const value = useContext(PlanContext);
  if (value === null) throw new Error("this page needs a plan");
  return value;
}
