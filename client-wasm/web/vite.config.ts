// How the pages are built. `npm run dev` talks to a server on port 8080 (`SCHRIJFTAFEL` overrides it).
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { pruneTheme } from "./build/prune-theme.ts";

const server = process.env["SCHRIJFTAFEL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), pruneTheme()],
  worker: { format: "es" },
  build: { target: "es2022", assetsInlineLimit: 0 },
  server: { proxy: { "/api": server, "/sync": { target: server, ws: true } } },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.ts"] },
});
