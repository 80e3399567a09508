import type { Kind } from "./cells";

/** When rules judge, in order; what is known at a stage is known at those after it. */
export const STAGES = ["greeting", "before", "after"] as const;
export type Stage = (typeof STAGES)[number];
export type ActionKind =
  | "block"
  | "hand_over"
  | "replace"
  | "answer"
  | "mask"
  | "restrict"
  | "require"
  | "warn"
  | "closed";

export interface Rule {
  rule: string;
  when?: Record<string, unknown> | null;
  then?: unknown;
  note?: string;
}

export interface RuleTable {
  table: string;
  stage: Stage;
  hit?: "first" | "all";
  rules: Rule[];
}

/** A rule file as data. */
export interface RuleFile {
  description?: string;
  lists?: Record<string, unknown>;
  patterns?: Record<string, string>;
  texts?: Record<string, Record<string, string>>;
  tables: RuleTable[];
}

export interface Fact {
  name: string;
  kind: "number" | "text" | "truth" | "set";
  stage: Stage;
  meaning: string;
  example: unknown;
  derived: boolean;
  values: string[];
}

export interface RuleSet {
  name: string;
  active_version: number | null;
  shadow_version: number | null;
  changed_by: string;
  updated_at: string | null;
}

export interface Version {
  name: string;
  version: number;
  format: "yaml" | "csv" | "jdm";
  author: string;
  note: string;
  created_at: string | null;
  body: string | null;
  table: RuleFile | null;
}

export interface Problem {
  path: (string | number)[];
  line: number;
  message: string;
}

export interface Conflict {
  kind: "shadowed" | "contradiction" | "duplicate" | "overlap";
  serious: boolean;
  rules: string[];
  message: string;
}

export interface Checked {
  accepted: boolean;
  problems: Problem[];
  conflicts: Conflict[];
  body: string;
  table: Partial<RuleFile>;
}

export interface Verdict {
  stage: Stage;
  rule: string;
  ending: ActionKind | null;
  actions: {
    rule: string;
    ruleset: string;
    version: number;
    action: ActionKind;
    texts: Record<string, string>;
    names: string[];
  }[];
}

/** One thing a rule does, as the dialog edits it. */
export interface Action {
  kind: ActionKind;
  en: string;
  zh: string;
  /** The name under `texts`, instead of `en` and `zh`. */
  textName: string;
  names: string;
}

const ACTIONS: Record<Stage, readonly ActionKind[]> = {
  greeting: ["answer", "closed"],
  before: ["answer", "block", "warn", "hand_over", "require", "restrict", "mask"],
  after: ["block", "replace", "warn", "hand_over", "mask"],
};
const OWN: Record<string, { kind: Kind; stage: Stage }> = {
  says: { kind: "phrases", stage: "before" },
  matches: { kind: "pattern", stage: "before" },
  answer_says: { kind: "phrases", stage: "after" },
  answer_matches: { kind: "pattern", stage: "after" },
};
/** Facts that are reached by `says` and `matches` only. */
const RAW = new Set(["text", "answer", "passages"]);

export const NAMED: ReadonlySet<ActionKind> = new Set(["mask", "restrict", "require"]);
export const SAYING: ReadonlySet<ActionKind> = new Set([
  "block",
  "answer",
  "warn",
  "replace",
  "closed",
  "hand_over",
  "require",
]);

export function actionsOf(stage: Stage): readonly ActionKind[] {
  return ACTIONS[stage];
}

/** The columns a table of `stage` may have. */
export function columnsFor(stage: Stage, facts: readonly Fact[]): string[] {
  const fits = (of: Stage) => STAGES.indexOf(of) <= STAGES.indexOf(stage);
  const own = Object.entries(OWN).filter(([, one]) => fits(one.stage));
  const given = facts.filter((one) => fits(one.stage) && !RAW.has(one.name) && !one.name.includes("NAME"));
  return [...own.map(([name]) => name), ...given.map((one) => one.name)];
}

export function kindOf(column: string, facts: readonly Fact[]): Kind {
  return OWN[column]?.kind ?? facts.find((one) => one.name === column)?.kind ?? "text";
}

/** What may be typed into a cell of `column`. */
export function completionsOf(column: string, facts: readonly Fact[], file: RuleFile): string[] {
  if (/(^|_)words$/.test(column)) return Object.keys(file.lists ?? {});
  if (/(^|_)patterns$/.test(column)) return Object.keys(file.patterns ?? {});
  const fact = facts.find((one) => one.name === column);
  if (fact?.kind === "truth") return ["true", "false"];
  return [...(fact?.values ?? [])];
}

/** The facts that a table's rules ask about, in the order in which they come up. */
export function usedColumns(table: RuleTable): string[] {
  return [...new Set(table.rules.flatMap((rule) => Object.keys(rule.when ?? {})))];
}

export function readActions(then: unknown): Action[] {
  const all = (Array.isArray(then) ? then : [then]).filter((one) => typeof one === "object" && one !== null);
  return all.flatMap((one) =>
    Object.entries(one as object).map(([kind, what]) => readAction(kind as ActionKind, what)),
  );
}

function readAction(kind: ActionKind, what: unknown): Action {
  const action: Action = { kind, en: "", zh: "", textName: "", names: "" };
  if (kind === "require" && isObject(what)) {
    return { ...action, ...words(what.text), names: String(what.slot ?? "") };
  }
  if (NAMED.has(kind)) return { ...action, names: (Array.isArray(what) ? what : [what]).map(String).join("; ") };
  return what === true ? action : { ...action, ...words(what) };
}

function words(text: unknown): Partial<Action> {
  if (typeof text === "string") return { textName: text };
  return isObject(text) ? { en: String(text.en ?? ""), zh: String(text.zh ?? "") } : {};
}

export function writeActions(actions: readonly Action[]): unknown[] {
  return actions.map((action) => {
    const names = action.names.split(/\s*[;；]\s*/).filter(Boolean);
    const said = action.textName || { en: action.en, zh: action.zh };
    const silent = !action.textName && !action.en && !action.zh;
    if (action.kind === "require") return { require: silent ? (names[0] ?? "") : { slot: names[0] ?? "", text: said } };
    if (NAMED.has(action.kind)) return { [action.kind]: names };
    return { [action.kind]: action.kind === "hand_over" && silent ? true : said };
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a checked file can be shown as a grid. */
export function asFile(table: unknown): RuleFile | null {
  if (!isObject(table) || !Array.isArray(table.tables)) return null;
  const isTable = (one: unknown) => isObject(one) && Array.isArray(one.rules) && one.rules.every(isObject);
  return table.tables.every(isTable) ? (table as unknown as RuleFile) : null;
}

/** A name like `base` that no rule of the file has. */
export function freeName(file: RuleFile, base: string): string {
  const taken = new Set(file.tables.flatMap((table) => table.rules.map((rule) => rule.rule)));
  const stem = base.replace(/-\d+$/, "");
  for (let number = 2; ; number += 1) {
    const name = taken.has(base) || number > 2 ? `${stem}-${number}` : base;
    if (!taken.has(name)) return name;
  }
}
