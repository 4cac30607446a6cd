// Where the pages start: words, styles, session, router.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { prepareWords } from "./i18n/setup.ts";
import "./styles/index.css";
import { keepPagesForOffline, watchConnection } from "./ui/app/offline.ts";
import { watchRelease } from "./ui/app/release.ts";
import { makeRouter } from "./ui/app/routes.tsx";
import { SessionProvider } from "./ui/app/session.tsx";
import { VoiceProvider } from "./ui/parts/live.tsx";

async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  await prepareWords();
  createRoot(root).render(
    <StrictMode>
      <SessionProvider>
        <VoiceProvider>
          <RouterProvider router={makeRouter()} />
        </VoiceProvider>
      </SessionProvider>
    </StrictMode>,
  );
}

watchConnection();
watchRelease();
keepPagesForOffline();
void start();
