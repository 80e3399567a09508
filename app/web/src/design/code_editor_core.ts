/** CodeMirror as the pages use it. Only CodeEditor.tsx imports this, lazily. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { language as tongue } from "../lib/i18n";

/** Something wrong in line `line`, which counts from 1. */
export interface LineProblem {
  line: number;
  message: string;
  severity?: "error" | "warning" | "info";
}

export interface EditorOptions {
  label: string;
  language: "yaml" | "json" | "text";
  value: string;
  readOnly: boolean;
  height?: string;
}

export interface Editor {
  setText(text: string): void;
  setProblems(problems: readonly LineProblem[]): void;
  destroy(): void;
}

/** CodeMirror's own words, by its English ones. */
const CHINESE = {
  Find: "查找",
  Replace: "替换为",
  next: "下一个",
  previous: "上一个",
  all: "全选",
  "match case": "区分大小写",
  regexp: "正则",
  "by word": "整词",
  replace: "替换",
  "replace all": "全部替换",
  close: "关闭",
  "current match": "当前匹配",
  "replaced $ matches": "已替换 $ 处",
  "replaced match on line $": "已替换第 $ 行的匹配项",
  "on line": "位于第几行",
  Diagnostics: "问题",
  "No diagnostics": "没有问题",
  "Go to line": "转到行",
  go: "转到",
};

const MOST_TOLD = 200;

/**
 * An editor inside `host`. It lives in a shadow root: there CodeMirror's styles are constructed style sheets, which the
 * pages' Content-Security-Policy allows, while a <style> element would be refused.
 */
export function createEditor(host: HTMLElement, options: EditorOptions, onChange: (text: string) => void): Editor {
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open", delegatesFocus: true });
  let setting = false;
  // What was told and has not come back as the value yet: a value that comes back late must not undo what was typed since.
  let told: string[] = [];
  const view = new EditorView({
    root: shadow,
    parent: shadow,
    state: EditorState.create({
      doc: options.value,
      extensions: [
        extensions(options),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged || setting) return;
          told = [...told.slice(-MOST_TOLD), update.state.doc.toString()];
          onChange(told.at(-1) ?? "");
        }),
      ],
    }),
  });
  return {
    setText(text) {
      const echo = told.lastIndexOf(text);
      told = told.slice(echo + 1);
      if (echo >= 0 || text === view.state.doc.toString()) return;
      told = [];
      setting = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      setting = false;
    },
    setProblems: (problems) => view.dispatch(setDiagnostics(view.state, diagnostics(view.state, problems))),
    destroy: () => view.destroy(),
  };
}

function extensions({ label, language, readOnly, height }: EditorOptions): Extension {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightSelectionMatches(),
    search({ top: true }),
    readOnly ? [] : highlightActiveLine(),
    lintGutter(),
    indentUnit.of("  "),
    EditorView.lineWrapping,
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": String(readOnly), tabindex: "0" }),
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
    syntaxHighlighting(colours),
    look(height),
    tongue.value === "zh" ? EditorState.phrases.of(CHINESE) : [],
    language === "yaml" ? yaml() : language === "json" ? json() : [],
  ];
}

function diagnostics(state: EditorState, problems: readonly LineProblem[]): Diagnostic[] {
  return problems.map(({ line, message, severity = "error" }) => {
    const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
    return { from: at.from, to: at.to, severity, message };
  });
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--series-4)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--series-2)" },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: "var(--series-3)" },
  { tag: tags.comment, color: "var(--text-muted)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: "var(--text-muted)" },
  { tag: tags.invalid, color: "var(--danger)" },
]);

function look(height: string | undefined): Extension {
  return EditorView.theme({
    "&": {
      height: height ?? "auto",
      maxHeight: height ? "none" : "70vh",
      minHeight: "8rem",
      color: "var(--text)",
      fontSize: "var(--text-s)",
    },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "1.6", overflow: "auto" },
    ".cm-content": { caretColor: "var(--accent)", padding: "0.5rem 0" },
    ".cm-cursor": { borderLeftColor: "var(--accent)" },
    ".cm-gutters": { background: "var(--surface-sunken)", color: "var(--text-muted)", border: "0" },
    ".cm-activeLine": { background: "color-mix(in srgb, var(--surface-hover) 70%, transparent)" },
    ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
      background: "color-mix(in srgb, var(--accent) 26%, transparent)",
    },
    ".cm-matchingBracket": { background: "var(--accent-soft)", outline: "1px solid var(--accent-line)" },
    ".cm-searchMatch": { background: "var(--warning-soft)", outline: "1px solid var(--warning)" },
    ".cm-panels": { background: "var(--surface-raised)", color: "var(--text)", borderColor: "var(--line)" },
    ".cm-panel button, .cm-panel input": { font: "inherit", color: "inherit", background: "var(--surface)" },
    ".cm-tooltip": {
      background: "var(--surface-raised)",
      color: "var(--text)",
      border: "1px solid var(--line)",
      borderRadius: "var(--radius-s)",
      boxShadow: "var(--shadow-m)",
    },
  });
}
