import { effect, signal } from "@preact/signals";
import { oneOf, persisted } from "./store";

export type Theme = "light" | "dark" | "system";

/** The theme chosen with the switch; public/assets/theme.js reads the same key before the first paint. */
export const theme = persisted<Theme>("theme", "system", oneOf("light", "dark", "system"));

const system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const systemIsDark = signal(system?.matches ?? false);
system?.addEventListener("change", (event) => {
  systemIsDark.value = event.matches;
});

/** Whether the page is dark now; for what cannot follow by CSS (canvas). */
export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "system" && systemIsDark.value);
}

effect(() => {
  if (!globalThis.document) return;
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
