import { resolve } from "node:path";
import { defineConfig } from "vite";

/** The widget: one classic script without imports, so that one line puts it on any site. Run by scripts/widget.mjs. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: ["chrome111", "edge111", "firefox115", "safari16.4"],
    outDir: "dist",
    emptyOutDir: false,
    reportCompressedSize: false,
    lib: {
      entry: resolve(import.meta.dirname, "src/widget/main.ts"),
      formats: ["iife"],
      name: "FreshetWidget",
      fileName: () => "widget.js",
    },
  },
});
