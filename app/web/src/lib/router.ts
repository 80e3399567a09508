import { computed, signal } from "@preact/signals";
import { href, root } from "./paths";

interface Place {
  path: string;
  query: string;
}

const place = signal<Place>(here());
const unsaved = new Set<() => boolean>();
let question: () => Promise<boolean> = async () => true;

/** The path of the page without the prefix it is served under: "/admin/documents/7". */
export const path = computed(() => place.value.path);

/** What stands behind the question mark. */
export const query = computed(() => new URLSearchParams(place.value.query));

/** The parts of `actual` that stand for `:names` in `pattern`; null when it does not fit. `*` takes the rest. */
export function match(pattern: string, actual: string): Record<string, string> | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = actual.split("/").filter(Boolean);
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part === "*") return { ...found, rest: given.slice(index).join("/") };
    const value = given[index];
    if (value === undefined) return null;
    if (part.startsWith(":")) found[part.slice(1)] = decode(value);
    else if (part !== value) return null;
  }
  return wanted.length === given.length ? found : null;
}

/** The first pattern that fits the page's path, with its parts; subscribes the component that calls it. */
export function route<const P extends string>(
  patterns: readonly P[],
): { pattern: P; params: Record<string, string> } | null {
  for (const pattern of patterns) {
    const params = match(pattern, path.value);
    if (params) return { pattern, params };
  }
  return null;
}

/** Go to another place of this face without loading a page; false when a guard kept the person here. */
export async function navigate(to: string, options: { replace?: boolean } = {}): Promise<boolean> {
  if (!(await mayLeave())) return false;
  history[options.replace ? "replaceState" : "pushState"](null, "", href(to));
  place.value = here();
  if (!options.replace) globalThis.scrollTo?.(0, 0);
  return true;
}

/** Change the query in place (filters, sorting): null or "" removes a name. No guard is asked, nothing scrolls. */
export function setQuery(changes: Record<string, string | null>): void {
  const next = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  history.replaceState(null, "", href(place.value.path) + (text ? `?${text}` : ""));
  place.value = here();
}

/** Ask before leaving the place or the page while `isUnsaved` answers true. Returns what takes the guard away. */
export function guardLeaving(isUnsaved: () => boolean): () => void {
  unsaved.add(isUnsaved);
  return () => {
    unsaved.delete(isUnsaved);
  };
}

/** How a person is asked whether to leave unsaved work; `mount` sets a dialog. */
export function setLeaveQuestion(ask: () => Promise<boolean>): void {
  question = ask;
}

/** Make plain links below `base` ("/admin") change the place instead of loading a page. Called once by `mount`. */
export function startRouter(base: string): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || event.defaultPrevented || !isPlainClick(event) || !staysHere(link, base)) return;
    event.preventDefault();
    void navigate(link.pathname.slice(root().length) + link.search + link.hash);
  });
  let shown = location.href;
  globalThis.addEventListener("popstate", async () => {
    const wanted = location.href;
    if (wanted.split("#")[0] !== shown.split("#")[0] && !(await mayLeave())) history.pushState(null, "", shown);
    place.value = here();
    shown = location.href;
  });
  place.subscribe(() => {
    shown = location.href;
  });
  globalThis.addEventListener("beforeunload", (event) => {
    if (hasUnsaved()) event.preventDefault();
  });
}

async function mayLeave(): Promise<boolean> {
  return !hasUnsaved() || question();
}

function hasUnsaved(): boolean {
  return [...unsaved].some((isUnsaved) => isUnsaved());
}

function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

function staysHere(link: HTMLAnchorElement, base: string): boolean {
  if (link.origin !== location.origin || link.hasAttribute("download") || (link.target && link.target !== "_self"))
    return false;
  const below = href(base);
  return link.pathname === below || link.pathname.startsWith(`${below}/`);
}

function here(): Place {
  const prefix = root();
  const full = globalThis.location?.pathname ?? "/";
  return { path: full.slice(prefix.length) || "/", query: globalThis.location?.search.slice(1) ?? "" };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
