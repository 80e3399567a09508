/** Puts a .gz and a .br beside every text file of dist, and holds each page's own script to its budget. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const BUDGET_BYTES = 200 * 1024;
const dist = resolve(import.meta.dirname, "../dist");
const gzipped = new Map();

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !/\.(js|css|svg)$/.test(entry.name)) continue;
  const content = readFileSync(path);
  const gzip = gzipSync(content, { level: 9 });
  gzipped.set(entry.name, gzip.length);
  if (content.length < 1024) continue;
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

let over = false;
for (const page of readdirSync(dist).filter((name) => name.endsWith(".html"))) {
  const html = readFileSync(join(dist, page), "utf8");
  const scripts = [...html.matchAll(/(?:src|href)="[^"]*?([^"/]+\.js)"/g)].map((found) => found[1]);
  const total = scripts.reduce((sum, name) => sum + (gzipped.get(name) ?? 0), 0);
  console.log(`${page}: ${(total / 1024).toFixed(1)} kB of script gzipped`);
  over ||= total > BUDGET_BYTES;
}
if (over) {
  console.error(`A page's script is over ${BUDGET_BYTES / 1024} kB gzipped: load what is seldom needed with import().`);
  process.exit(1);
}
