// How the pages are built. `npm run dev` talks to a server on port 8080 (`SCHRIJFTAFEL` overrides it).
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { onlyUsedComponents } from "./build/only-used-components.ts";
import { pruneTheme } from "./build/prune-theme.ts";
import { serviceWorker } from "./build/service-worker.ts";
import { verifyPage } from "./build/verify-page.ts";

const server = process.env["SCHRIJFTAFEL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), onlyUsedComponents(), pruneTheme(), serviceWorker(), verifyPage()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    rolldownOptions: {
      // The Utrecht packages do not say that importing them does nothing by itself; without this every component ships.
      treeshake: { moduleSideEffects: [{ test: /node_modules\/@utrecht\/.*\.m?js$/, sideEffects: false }] },
    },
  },
  server: { proxy: { "/api": { target: server }, "/sync": { target: server, ws: true } } },
  // Against waiting for ever; how fast a machine is, is no matter of tests.
  test: { include: ["src/**/*.test.ts", "build/**/*.test.ts"], testTimeout: 120_000 },
});
