/** Builds dist/widget.js and holds it to its budget; does nothing while there is no widget. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const BUDGET_BYTES = 30 * 1024;
const root = resolve(import.meta.dirname, "..");

if (existsSync(resolve(root, "src/widget/main.ts"))) {
  await build({ configFile: resolve(root, "vite.widget.config.ts"), mode: "production" });
  const size = gzipSync(readFileSync(resolve(root, "dist/widget.js")), { level: 9 }).length;
  console.log(`widget.js: ${(size / 1024).toFixed(1)} kB gzipped of ${BUDGET_BYTES / 1024} kB`);
  if (size > BUDGET_BYTES) {
    console.error("The widget is over its budget.");
    process.exit(1);
  }
}
