import { language } from "../lib/i18n";

const WORDS: Record<string, readonly [string, string]> = {
  declared: ["Declared", "已声明"],
  snapshot: ["First read", "首次读取"],
  running: ["Running", "运行中"],
  waiting: ["Waiting", "等待中"],
  degraded: ["Impaired", "部分异常"],
  failed: ["Failed", "失败"],
  paused: ["Paused", "已暂停"],
  removed: ["Being removed", "移除中"],
  removing: ["Being removed", "移除中"],
  starting: ["Starting", "启动中"],
  silent: ["No answer", "无响应"],
  down: ["Down", "已停止"],
  external: ["External", "外部服务"],
  "external, no answer": ["External, no answer", "外部服务，无响应"],
};

/** The state of a source or part in the language in force; a word that is not known stays as it is. */
export function stateWord(state: string): string {
  return WORDS[state]?.[language.value === "zh" ? 1 : 0] ?? state;
}
