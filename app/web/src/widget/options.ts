import type { Language } from "./messages";

/** What a site's server signed about its customer; see docs/widget.md. */
export interface Identity {
  user: string;
  groups?: string[];
  expires: number;
  signature: string;
}

/** What the script's own line says. */
export interface Options {
  site: string;
  /** Where the service is: the origin and path that the script came from. */
  base: string;
  language: Language | "auto";
  position: "right" | "left";
  theme: "auto" | "light" | "dark";
  /** Questions to begin with, by language. */
  questions: Record<Language, string[]>;
  identity: Identity | null;
}

/** Reads `data-…` of the script element. */
export function readOptions(script: HTMLScriptElement): Options {
  const data = script.dataset;
  const source = new URL(script.src, location.href);
  return {
    site: data.site ?? "",
    base: source.origin + source.pathname.replace(/\/[^/]*$/, ""),
    language: oneOf(data.language, "auto", "en", "zh"),
    position: oneOf(data.position, "right", "left"),
    theme: oneOf(data.theme, "auto", "light", "dark"),
    questions: { en: split(data.questions), zh: split(data.questionsZh ?? data.questions) },
    identity: readIdentity(data.identity),
  };
}

/** The language in force: the visitor's choice, the site's, the page's, the browser's. */
export function languageOf(
  options: Pick<Options, "language">,
  chosen: string,
  page: string,
  browser: string,
): Language {
  const wanted = [chosen, options.language, page, browser].find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en";
  return /^zh/i.test(wanted) ? "zh" : "en";
}

function oneOf<const T extends string>(given: string | undefined, ...known: readonly [T, ...T[]]): T {
  return known.find((one) => one === given) ?? known[0];
}

function split(text: string | undefined): string[] {
  return (text ?? "")
    .split("|")
    .map((one) => one.trim())
    .filter(Boolean)
    .slice(0, 4);
}

function readIdentity(text: string | undefined): Identity | null {
  try {
    return text ? (JSON.parse(text) as Identity) : null;
  } catch {
    return null;
  }
}
