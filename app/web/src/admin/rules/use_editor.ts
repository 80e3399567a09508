import { useEffect, useRef, useState } from "preact/hooks";
import { toastError } from "../../design";
import { begin, redo, type Steps, step, undo } from "./history";
import { asFile, type Checked, type RuleFile, type Version } from "./model";
import { check, type Unsaved } from "./use_rule_set";

const PAUSE_MILLISECONDS = 350;

/** What stands in the editor: the text, and the same as a grid where it can be read. */
export interface Editing {
  body: string;
  file: RuleFile | null;
}

export interface Editor {
  steps: Steps<Editing>;
  checked: Checked | undefined;
  checking: boolean;
  dirty: boolean;
  setFile: (file: RuleFile) => void;
  setBody: (body: string) => void;
  undo: () => void;
  redo: () => void;
  /** Begin anew with what was saved. */
  reset: (body: string) => void;
}

/** Edits a rule file as grid or text; each is brought after the other by the server, which checks both. */
export function useEditor(name: string, saved: string, format: Version["format"]): Editor {
  const isGraph = format === "jdm";
  const [pending, setPending] = useState(false);
  const [steps, setSteps] = useState<Steps<Editing>>(() => begin({ body: saved, file: null }));
  const [base, setBase] = useState(saved);
  const [checked, setChecked] = useState<Checked>();
  const [checking, setChecking] = useState(!isGraph);
  const [asked, setAsked] = useState<Unsaved>({ body: saved, format });
  const newest = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    if (isGraph) return;
    setChecking(true);
    const controller = new AbortController();
    newest.current = controller;
    const timer = setTimeout(() => {
      check(name, asked, controller.signal).then(
        (found) => {
          if (newest.current !== controller) return;
          setChecked(found);
          setChecking(false);
          setPending(false);
          if ("format" in asked && asked.format === "csv") setBase(found.body);
          const file = "table" in asked ? asked.table : asFile(found.table);
          setSteps((old) => ({ ...old, now: { body: found.body, file } }));
        },
        (error) => {
          if (newest.current !== controller || controller.signal.aborted) return;
          setChecking(false);
          toastError(error);
        },
      );
    }, PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [name, asked, isGraph]);
  const go = (next: Steps<Editing>) => {
    setSteps(next);
    setPending(true);
    setChecking(true);
    setAsked(next.now.file ? { table: next.now.file } : { body: next.now.body });
  };
  return {
    steps,
    checked,
    checking,
    dirty: pending || steps.now.body !== base,
    setFile: (file) => go(step(steps, { ...steps.now, file })),
    setBody: (body) => {
      setSteps(step(steps, { body, file: steps.now.file }));
      setAsked({ body });
    },
    undo: () => go(undo(steps)),
    redo: () => go(redo(steps)),
    reset: (body) => {
      setBase(body);
      setSteps(begin({ body, file: null }));
      setAsked({ body });
    },
  };
}
