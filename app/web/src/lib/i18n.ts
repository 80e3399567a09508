import { computed, effect } from "@preact/signals";
import { oneOf, persisted } from "./store";

export type Language = "en" | "zh";

// biome-ignore lint/suspicious/noExplicitAny: a message may take any arguments; callers see each message's own type
type Message = string | ((...values: any[]) => string);

/** The same keys with the same kinds: text where there is text, a function of the same arguments where there is one. */
type SameKinds<M> = { readonly [K in keyof M]: M[K] extends string ? string : M[K] };

const chosen = persisted<Language | "">("language", "", oneOf("", "en", "zh"));

/** The language in force: the one chosen with the switch, else the browser's. Reading it in a component subscribes. */
export const language = computed<Language>(() => chosen.value || browserLanguage());

/** The tag of the language in force, for Intl and `<html lang>`. */
export const languageTag = computed(() => (language.value === "zh" ? "zh-CN" : "en"));

export function chooseLanguage(wanted: Language): void {
  chosen.value = wanted;
}

/**
 * Messages in both languages; the result reads the language in force at each access, so components follow the switch.
 *
 *     export const t = catalogue({ en: { found: (n: number) => `${n} found` }, zh: { found: (n) => `找到 ${n} 条` } });
 *     t.found(3)
 */
export function catalogue<const M extends Record<string, Message>>(texts: { en: M; zh: SameKinds<M> }): SameKinds<M> {
  const result = {};
  for (const key of Object.keys(texts.en)) {
    Object.defineProperty(result, key, { enumerable: true, get: () => texts[language.value][key] });
  }
  return result as SameKinds<M>;
}

/** The form of a noun that goes with `count` in English: `plural(2, "1 file", "# files")`; `#` becomes the number. */
export function plural(count: number, one: string, other: string): string {
  const form = new Intl.PluralRules("en").select(count) === "one" ? one : other;
  return form.replace("#", new Intl.NumberFormat("en").format(count));
}

function browserLanguage(): Language {
  const wanted = globalThis.navigator?.languages ?? [];
  const known = wanted.find((tag) => /^(zh|en)\b/i.test(tag)) ?? "en";
  return /^zh/i.test(known) ? "zh" : "en";
}

effect(() => {
  if (globalThis.document) document.documentElement.lang = languageTag.value;
});
