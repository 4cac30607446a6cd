// The addresses of the application:
//
//   /aanmelden, /aanmelden/<token>, /aanmelden#token=<token>      signing in
//   /plannen                                                       choosing a plan (skipped when there is one)
//   /plannen/<plan>/voor-mij | plan | afspraken | besluiten | meer | mensen | koppelingen | geschiedenis | echtheid | beheer
//   /plannen/<plan>/beheer/gegevens-wissen[?wijziging=<position>]   erasing content
//   /plannen/<plan>/hoofdstukken/<chapter>[?op=<position>]         reading
//   …/schrijven | geschiedenis | geschiedenis/<from>/<to|nu> | schrijvers | terugzetten/<position>
//   /plannen/<plan>/afspraken/nieuw | <commitment> | <commitment>/wijzigen
//
// Links to them are shared in messages and minutes, so they do not change.
import { createBrowserRouter, Navigate, Outlet, type RouteObject } from "react-router";
import { CommitmentPage } from "../commitments/CommitmentPage.tsx";
import { CommitmentsPage } from "../commitments/CommitmentsPage.tsx";
import { EditCommitmentPage, NewCommitmentPage } from "../commitments/EditPage.tsx";
import { DecisionsPage } from "../decisions/DecisionsPage.tsx";
import { ErasuresPage } from "../erasures/ErasuresPage.tsx";
import { EventsPage } from "../events/EventsPage.tsx";
import { ForMePage } from "../for-me/ForMePage.tsx";
import { ChangedPage } from "../history/ChangedPage.tsx";
import { ChapterHistoryPage } from "../history/ChapterHistoryPage.tsx";
import { RestorePage } from "../history/RestorePage.tsx";
import { WritersPage } from "../history/WritersPage.tsx";
import { ManagePage } from "../manage/ManagePage.tsx";
import { MorePage } from "../more/MorePage.tsx";
import { Waiting } from "../parts/Shown.tsx";
import { PeoplePage } from "../people/PeoplePage.tsx";
import { ChapterPage } from "../plan/ChapterPage.tsx";
import { PlanPage } from "../plan/PlanPage.tsx";
import { ProgramsPage } from "../programs/ProgramsPage.tsx";
import { SignInHere, SignInPage } from "../sign-in/SignInPage.tsx";
import { CrashPage } from "./CrashPage.tsx";
import { NotFoundPage } from "./NotFoundPage.tsx";
import { PlanPages } from "./plan.tsx";
import { PlansPage } from "./PlansPage.tsx";
import { Replaced } from "./Replaced.tsx";
import { useSessionActions } from "./session.tsx";
import { Shell } from "./Shell.tsx";
import { Unreachable } from "./Unreachable.tsx";

const PLAN_PAGES: RouteObject[] = [
  { index: true, element: <Navigate to="voor-mij" replace /> },
  { path: "voor-mij", element: <ForMePage /> },
  { path: "plan", element: <PlanPage /> },
  { path: "hoofdstukken/:chapterId", element: <ChapterPage /> },
  { path: "hoofdstukken/:chapterId/schrijven", lazy: async () => ({ Component: (await import("../write/WritePage.tsx")).WritePage }) },
  { path: "hoofdstukken/:chapterId/geschiedenis", element: <ChapterHistoryPage /> },
  { path: "hoofdstukken/:chapterId/geschiedenis/:from/:to", element: <ChangedPage /> },
  { path: "hoofdstukken/:chapterId/schrijvers", element: <WritersPage /> },
  { path: "hoofdstukken/:chapterId/terugzetten/:position", element: <RestorePage /> },
  { path: "afspraken", element: <CommitmentsPage /> },
  { path: "afspraken/nieuw", element: <NewCommitmentPage /> },
  { path: "afspraken/:commitmentId", element: <CommitmentPage /> },
  { path: "afspraken/:commitmentId/wijzigen", element: <EditCommitmentPage /> },
  { path: "besluiten", element: <DecisionsPage /> },
  { path: "meer", element: <MorePage /> },
  { path: "mensen", element: <PeoplePage /> },
  { path: "koppelingen", element: <ProgramsPage /> },
  { path: "geschiedenis", element: <EventsPage /> },
  { path: "echtheid", lazy: async () => ({ Component: (await import("../proof/AuthenticityPage.tsx")).AuthenticityPage }) },
  { path: "beheer", element: <ManagePage /> },
  { path: "beheer/gegevens-wissen", element: <ErasuresPage /> },
  { path: "*", element: <NotFoundPage /> },
];

/** The router; made once the words are ready. */
export function makeRouter() {
  return createBrowserRouter([
    {
      errorElement: <CrashPage />,
      HydrateFallback: Waiting,
      children: [
        { path: "aanmelden", element: <SignInPage /> },
        { path: "aanmelden/:token", element: <SignInPage /> },
        {
          element: <SignedIn />,
          children: [
            { index: true, element: <Navigate to="/plannen" replace /> },
            { path: "plannen", element: <PlansPage /> },
            { path: "plannen/:planId", element: <PlanPages />, children: PLAN_PAGES },
            { path: "*", element: <Lost /> },
          ],
        },
      ],
    },
  ]);
}

/** Pages behind the sign-in; whoever is not signed in signs in here and then sees the page they came for. */
function SignedIn() {
  const { known, retry } = useSessionActions();
  switch (known.state) {
    case "unknown":
      return <Waiting />;
    case "unreachable":
      return <Unreachable error={known.error} onRetry={retry} />;
    case "out":
      return <SignInHere />;
    case "in":
      return known.replaced === true ? <Replaced /> : <Outlet />;
    default:
      return known satisfies never;
  }
}

function Lost() {
  return (
    <Shell plan={null}>
      <NotFoundPage />
    </Shell>
  );
}

