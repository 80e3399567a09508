import { api } from "../../lib/api";
import { ApiError } from "../../lib/errors";
import { useLive } from "../../lib/live";
import type { Checked, RuleFile, RuleSet, Version } from "./model";

export interface Detail extends RuleSet {
  newest: Version;
}

const FIRST: RuleFile = {
  tables: [{ table: "rules", stage: "before", hit: "first", rules: [{ rule: "rule-1", when: {} }] }],
};

/** A rule set and its newest version; one that is not there yet begins with one empty rule. */
export function useRuleSet(name: string) {
  return useLive(`rule-set ${name}`, () => orNew(name), 10);
}

async function orNew(name: string): Promise<Detail> {
  try {
    return await api.get<Detail>(`/v1/rules/${name}`);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const { body } = await check(name, { table: FIRST });
    const newest: Version = {
      name,
      version: 0,
      format: "yaml",
      author: "",
      note: "",
      created_at: null,
      body,
      table: null,
    };
    return { name, active_version: null, shadow_version: null, changed_by: "", updated_at: null, newest };
  }
}

/** A file that is not saved: as text, or as a table. */
export type Unsaved = { body: string; format?: Version["format"] } | { table: RuleFile };

export function check(name: string, file: Unsaved, signal?: AbortSignal): Promise<Checked> {
  return api.post<Checked>(`/v1/rules/${name}/check`, file, signal ? { signal } : {});
}
