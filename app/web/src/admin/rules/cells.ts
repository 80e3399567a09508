/** Conditions as people type them into a cell, and as the rule file holds them. */

export type Kind = "number" | "text" | "truth" | "set" | "phrases" | "pattern";

const PARTS = /\s*[;；]\s*/;
const SIGNS: Record<string, string> = { at_least: ">=", above: ">", at_most: "<=", below: "<" };

/** The words of a cell: `>= 18`, `a; b`, `not a`, `all a; b & none c`, `true`. */
export function cellText(kind: Kind, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(String).join("; ");
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value);
  if (kind === "phrases") return entries.flatMap(([, phrases]) => listed(phrases)).join("; ");
  if (kind === "number") return entries.map(([bound, number]) => `${SIGNS[bound] ?? bound} ${number}`).join(" & ");
  return entries
    .map(([how, values]) => (how === "any" ? listed(values).join("; ") : `${how} ${listed(values).join("; ")}`))
    .join(" & ");
}

/** What a cell means; undefined where it is empty and asks nothing. What cannot be read stays text: the check says so. */
export function readCell(kind: Kind, text: string): unknown {
  const trimmed = text.trim();
  if (!trimmed) return undefined;
  if (kind === "pattern") return trimmed;
  if (kind === "phrases") return split(trimmed);
  if (kind === "truth")
    return /^(true|yes|是)$/i.test(trimmed) ? true : /^(false|no|否)$/i.test(trimmed) ? false : trimmed;
  if (kind === "number") return numberOf(trimmed);
  return kind === "text" ? textsOf(trimmed) : setOf(trimmed);
}

function numberOf(text: string): unknown {
  if (/^[-+]?(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text);
  if (!text.includes("&")) return text;
  const names = Object.fromEntries(Object.entries(SIGNS).map(([name, sign]) => [sign, name]));
  const bounds: Record<string, number> = {};
  for (const part of text.split("&")) {
    const found = /^\s*(>=|<=|>|<)\s*([-+]?[\d.]+)\s*$/.exec(part);
    const name = found && names[found[1] ?? ""];
    if (!found || !name) return text;
    bounds[name] = Number(found[2]);
  }
  return bounds;
}

function textsOf(text: string): unknown {
  const found = /^not\s+(.+)$/s.exec(text);
  return found ? { not: one(split(found[1] ?? "")) } : one(split(text));
}

function setOf(text: string): unknown {
  const asked: Record<string, string[]> = {};
  for (const part of text.split(/\s+&\s+/)) {
    const found = /^(all|none|not|any)\s+(.+)$/s.exec(part.trim());
    const how = found ? (found[1] === "not" ? "none" : (found[1] ?? "any")) : "any";
    asked[how] = [...(asked[how] ?? []), ...split(found ? (found[2] ?? "") : part)];
  }
  return Object.keys(asked).join() === "any" ? one(asked.any ?? []) : asked;
}

function split(text: string): string[] {
  return text.split(PARTS).filter(Boolean);
}

function one(values: string[]): string | string[] {
  return values.length === 1 ? (values[0] ?? "") : values;
}

function listed(values: unknown): string[] {
  return (Array.isArray(values) ? values : [values]).map(String);
}
