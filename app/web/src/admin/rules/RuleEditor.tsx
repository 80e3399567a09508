import { useState } from "preact/hooks";
import {
  Badge,
  Banner,
  Button,
  CodeEditor,
  Dialog,
  Diff,
  IconButton,
  Select,
  Skeleton,
  Tabs,
  TextField,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { ApiError } from "../../lib/errors";
import { Grid } from "./Grid";
import { t } from "./messages";
import { type Conflict, type Fact, type RuleFile, STAGES, type Version } from "./model";
import type { Editor } from "./use_editor";
import type { Detail } from "./use_rule_set";

interface RuleEditorProps {
  detail: Detail;
  editor: Editor;
  facts: readonly Fact[];
  /** The newest version when the work began. */
  seen: number;
  /** Begin anew with a version and its text. */
  onBegin: (version: number, body: string) => void;
  onSaved: () => void;
}

/** A rule set as a grid with its YAML beside, checked while one types. */
export function RuleEditor({ detail, editor, facts, seen, onBegin, onSaved }: RuleEditorProps) {
  const { name, newest } = detail;
  const isGraph = newest.format === "jdm";
  const [view, setView] = useState<"grid" | "yaml">("grid");
  const [note, setNote] = useState("");
  const [theirs, setTheirs] = useState<Version>();
  const [busy, setBusy] = useState(false);
  const { body } = editor.steps.now;
  const begin = (version: number, text: string) => {
    onBegin(version, text);
    setTheirs(undefined);
  };
  const save = async (over: number) => {
    setBusy(true);
    try {
      const headers = { "If-Match": String(over) };
      const file = { body, format: isGraph ? "jdm" : "yaml" };
      const saved = await api.put<Version>(`/v1/rules/${name}`, file, { headers, query: { note } });
      toast(saved.version === over ? t.unchanged : t.saved(saved.version));
      begin(saved.version, saved.body ?? body);
      setNote("");
      onSaved();
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        await api.get<Detail>(`/v1/rules/${name}`).then((one) => setTheirs(one.newest), toastError);
      } else toastError(error);
    }
    setBusy(false);
  };
  return (
    <div class="f-stack">
      {isGraph ? (
        <>
          <Banner>{t.graph}</Banner>
          <CodeEditor label={name} language="json" value={body} onChange={editor.setBody} />
        </>
      ) : (
        <Tabs
          label={t.edit}
          value={view}
          onChange={setView}
          tabs={[
            { value: "grid", label: t.grid, content: () => <Tables editor={editor} facts={facts} /> },
            {
              value: "yaml",
              label: t.yaml,
              content: () => (
                <CodeEditor
                  label={t.yaml}
                  language="yaml"
                  value={body}
                  onChange={(text) => text !== body && editor.setBody(text)}
                  problems={(editor.checked?.problems ?? []).map(({ line, message }) => ({ line: line || 1, message }))}
                />
              ),
            },
          ]}
        />
      )}
      {!isGraph && <Findings editor={editor} />}
      <form
        class="a-bar"
        onSubmit={(event) => {
          event.preventDefault();
          void save(seen);
        }}
      >
        <TextField class="a-search" label={t.note} hint={t.noteHint} optional value={note} onChange={setNote} />
        <Button
          type="submit"
          look="primary"
          busy={busy}
          disabled={!editor.dirty || (!isGraph && (editor.checking || !editor.checked?.accepted))}
        >
          {t.save}
        </Button>
      </form>
      {theirs && (
        <Dialog
          open
          size="large"
          title={t.collided}
          onClose={() => setTheirs(undefined)}
          footer={
            <>
              <Button onClick={() => begin(theirs.version, theirs.body ?? "")}>{t.theirs}</Button>
              <Button
                look="primary"
                onClick={() => {
                  setTheirs(undefined);
                  void save(theirs.version);
                }}
              >
                {t.mine}
              </Button>
            </>
          }
        >
          <p class="f-muted">{t.collidedText}</p>
          <Diff before={theirs.body ?? ""} after={body} />
        </Dialog>
      )}
    </div>
  );
}

function Tables({ editor, facts }: { editor: Editor; facts: readonly Fact[] }) {
  const [at, setAt] = useState(0);
  const { file } = editor.steps.now;
  if (!file) return editor.checking ? <Skeleton lines={5} /> : <p class="f-muted">{t.noGrid}</p>;
  const chosen = Math.min(at, file.tables.length - 1);
  const table = file.tables[chosen];
  const change = (what: Partial<RuleFile["tables"][number]>) =>
    editor.setFile({
      ...file,
      tables: file.tables.map((one, number) => (number === chosen ? { ...one, ...what } : one)),
    });
  const add = () => {
    const fresh = {
      table: `table-${file.tables.length + 1}`,
      stage: "before" as const,
      hit: "first" as const,
      rules: [],
    };
    editor.setFile({ ...file, tables: [...file.tables, fresh] });
    setAt(file.tables.length);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the cells inside
    <div
      class="f-stack"
      onKeyDown={(event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
        event.preventDefault();
        if (event.shiftKey) editor.redo();
        else editor.undo();
      }}
    >
      <div class="a-bar">
        <Select
          label={t.table}
          value={String(chosen)}
          onChange={(value) => setAt(Number(value))}
          choices={file.tables.map((one, number) => ({ value: String(number), label: one.table }))}
        />
        <TextField label={t.name} code value={table?.table ?? ""} onChange={(name) => change({ table: name })} />
        <Select
          label={t.stage}
          value={table?.stage ?? "before"}
          onChange={(stage) => change({ stage })}
          choices={STAGES.map((stage) => ({ value: stage, label: t[stage] }))}
        />
        <Select
          label={t.hit}
          value={table?.hit ?? "first"}
          onChange={(hit) => change({ hit })}
          choices={[
            { value: "first", label: t.first },
            { value: "all", label: t.all },
          ]}
        />
        <IconButton icon="plus" label={t.newTable} onClick={add} />
        {file.tables.length > 1 && (
          <IconButton
            icon="trash"
            label={t.removeTable}
            onClick={() => editor.setFile({ ...file, tables: file.tables.filter((_, number) => number !== chosen) })}
          />
        )}
        <IconButton icon="arrow-left" label={t.undo} disabled={editor.steps.past.length === 0} onClick={editor.undo} />
        <IconButton
          icon="arrow-right"
          label={t.redo}
          disabled={editor.steps.future.length === 0}
          onClick={editor.redo}
        />
      </div>
      <Grid
        key={chosen}
        file={file}
        at={chosen}
        facts={facts}
        problems={editor.checked?.problems ?? []}
        onChange={editor.setFile}
      />
    </div>
  );
}

function Findings({ editor }: { editor: Editor }) {
  const { checked, checking } = editor;
  if (!checked) return null;
  return (
    <div class="f-stack" role="status">
      {checking && <span class="f-small f-muted">{t.checking}</span>}
      {checked.problems.length > 0 && (
        <Banner tone="danger">
          <p class="f-strong">{t.problems(checked.problems.length)}</p>
          <ul>
            {checked.problems.map((one) => (
              <li key={one.path.join(".") + one.message}>
                {place(one.path, editor.steps.now.file)} {one.message}
              </li>
            ))}
          </ul>
        </Banner>
      )}
      {checked.accepted && checked.conflicts.length === 0 && <span class="f-small f-muted">{t.fine}</span>}
      {checked.conflicts.length > 0 && (
        <details open={checked.conflicts.some((one) => one.serious)}>
          <summary>{t.conflicts(checked.conflicts.length)}</summary>
          <ul class="f-stack f-stack-tight">
            {checked.conflicts.map((one) => (
              <li key={one.message}>
                <Badge tone={one.serious ? "danger" : "neutral"}>{conflictWord(one)}</Badge> {one.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function conflictWord({ kind }: Conflict): string {
  return kind === "duplicate" ? t.duplicateKind : t[kind];
}

/** The rule and column that a problem is about. */
function place(path: readonly (string | number)[], file: RuleFile | null): string {
  const rule = file?.tables[Number(path[1])]?.rules[Number(path[3])]?.rule;
  const column = path[5] ?? path[4];
  return rule ? `${rule}${column ? `, ${column}` : ""}:` : "";
}
