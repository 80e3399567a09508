import "./CodeEditor.css";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Editor, LineProblem } from "./code_editor_core";
import { t } from "./messages";
import { ErrorState, Skeleton } from "./States";

export type { LineProblem } from "./code_editor_core";

export interface CodeEditorProps {
  /** What the text is, for screen readers. */
  label: string;
  language: "yaml" | "json" | "text";
  value: string;
  onChange?: (value: string) => void;
  readOnly?: boolean;
  /** Shown in the margin and under the text; lines count from 1. */
  problems?: readonly LineProblem[];
  /** CSS length; grows with its text up to 70 % of the window unless told. */
  height?: string;
}

/** An editor for YAML and JSON with line numbers, search (Ctrl-F) and marks on wrong lines; loaded when first shown. */
export function CodeEditor({ label, language, value, onChange, readOnly, problems, height }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const changed = useRef(onChange);
  const [state, setState] = useState<{ ready: boolean; error?: unknown; attempt: number }>({
    ready: false,
    attempt: 0,
  });
  changed.current = onChange;

  // Text and problems are put in by the effects below, also when the editor has just been made.
  useEffect(() => {
    let gone = false;
    import("./code_editor_core").then(
      ({ createEditor }) => {
        if (gone || !host.current) return;
        const options = { label: `${label}. ${t.editor}`, language, value, readOnly: readOnly ?? false, height };
        editor.current = createEditor(host.current, options, (text) => changed.current?.(text));
        setState({ ready: true, attempt: 0 });
      },
      (error) => gone || setState((old) => ({ ...old, error })),
    );
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, [language, readOnly, height, label, state.attempt]);

  useEffect(() => editor.current?.setText(value), [value, state.ready]);
  useEffect(() => editor.current?.setProblems(problems ?? []), [problems, state.ready]);

  if (state.error) {
    return (
      <ErrorState error={state.error} onRetry={() => setState((old) => ({ ready: false, attempt: old.attempt + 1 }))} />
    );
  }
  return (
    <div class="f-editor">
      {!state.ready && (
        <div class="f-editor-wait">
          <Skeleton lines={4} />
        </div>
      )}
      <div ref={host} />
    </div>
  );
}
