import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { freshetDev, proxyToApi } from "./vite.dev.ts";

const here = import.meta.dirname;
const pages = ["index", "ask", "admin", "agent", "demo"];

/** The pages. The widget is a build of its own: vite.widget.config.ts. */
export default defineConfig(({ command }) => ({
  root: here,
  // Built pages name their files relative to themselves; app/pages.py puts the prefix it is served under before them.
  base: command === "build" ? "./" : "/",
  appType: "mpa",
  plugins: [freshetDev(pages)],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(
        pages.map((page) => [page, resolve(here, `${page}.html`)]).filter(([, path]) => existsSync(path as string)),
      ),
    },
  },
  server: { host: "127.0.0.1", port: 5175, strictPort: true, proxy: proxyToApi() },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], environment: "happy-dom", restoreMocks: true },
}));
