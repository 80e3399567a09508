import { useEffect, useState } from "preact/hooks";
import {
  Banner,
  Button,
  Chart,
  CodeEditor,
  confirm,
  Dialog,
  Diff,
  Drawer,
  type LineProblem,
  Markdown,
  Tabs,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { ApiError } from "../../lib/errors";
import { useLive } from "../../lib/live";
import { guardLeaving } from "../../lib/router";
import { hasRole } from "../../lib/session";
import { t } from "./messages";
import type { Source } from "./Sources";

interface Checked {
  problems: { line: number; detail: string }[];
  documents: Record<string, { title: string; text: string; readers: string[] | null }[]>;
  notes: string[];
}

interface History {
  times: number[];
  lag: (number | null)[];
  changes: (number | null)[];
}

export interface SourceDrawerProps {
  /** Undefined: a new one. */
  source: Source | undefined;
  onClose: () => void;
  onChanged: (name: string | undefined) => Promise<void>;
}

const TEMPLATE = `source: shop
connection: \${SHOP_DATABASE_URL}
tables: [public.product]
documents:
  - kind: product
    sql: SELECT id, name, description FROM product
    key: [id]
    title: "{name}"
    text: "{description}"
    readers: [public]
`;

/** The contract of a source, tried before it is applied; pause, resume, remove; how it did lately. */
export function SourceDrawer({ source, onClose, onChanged }: SourceDrawerProps) {
  const [part, setPart] = useState<"contract" | "history">("contract");
  const contract = <Contract source={source} onChanged={onChanged} />;
  return (
    <Drawer open title={source?.name ?? t.add} onClose={onClose}>
      {source ? (
        <div class="f-stack">
          {hasRole("admin") && <Controls source={source} onChanged={onChanged} />}
          <Tabs
            label={source.name}
            value={part}
            onChange={setPart}
            tabs={[
              { value: "contract", label: t.contract, content: () => contract },
              { value: "history", label: t.history, content: () => <Lately name={source.name} /> },
            ]}
          />
        </div>
      ) : (
        contract
      )}
    </Drawer>
  );
}

function Controls({ source, onChanged }: { source: Source; onChanged: SourceDrawerProps["onChanged"] }) {
  const act = async (action: () => Promise<unknown>, words: string) => {
    try {
      await action();
      toast(words);
      await onChanged(source.name);
    } catch (error) {
      toastError(error);
    }
  };
  const path = `/v1/sources/${source.name}`;
  const remove = async () => {
    const question = { title: t.removeTitle(source.name), text: t.removeText, action: t.remove, danger: true };
    if (await confirm(question)) await act(() => api.delete(path), t.removing);
  };
  if (source.desired === "removed") return <Banner tone="warning">{t.removing}</Banner>;
  return (
    <div class="f-row f-row-wrap">
      {source.desired === "active" ? (
        <Button icon="pause" onClick={() => void act(() => api.post(`${path}/pause`), t.paused)}>
          {t.pause}
        </Button>
      ) : (
        <Button icon="play" onClick={() => void act(() => api.post(`${path}/resume`), t.resumed)}>
          {t.resume}
        </Button>
      )}
      <Button look="danger" icon="trash" onClick={() => void remove()}>
        {t.remove}
      </Button>
    </div>
  );
}

function Contract({ source, onChanged }: Pick<SourceDrawerProps, "source" | "onChanged">) {
  const [seen, setSeen] = useState(source);
  const [text, setText] = useState(source?.contract ?? TEMPLATE);
  const [checked, setChecked] = useState<Checked>();
  const [busy, setBusy] = useState<"check" | "apply">();
  const [theirs, setTheirs] = useState<Source>();
  const dirty = text !== (seen?.contract ?? TEMPLATE);
  useEffect(() => guardLeaving(() => dirty), [dirty]);
  const name = source?.name ?? (/^source:\s*["']?([\w-]+)/m.exec(text)?.[1] || "new");
  const headers = { "Content-Type": "application/yaml" };
  const check = async () => {
    setBusy("check");
    try {
      setChecked(await api.post<Checked>(`/v1/sources/${name}/check`, text, { headers, timeoutSeconds: 120 }));
    } catch (error) {
      toastError(error);
    }
    setBusy(undefined);
  };
  const apply = async (generation: number) => {
    setBusy("apply");
    try {
      const options = { headers: { ...headers, "If-Match": String(generation) } };
      setSeen(await api.put<Source>(`/v1/sources/${name}`, text, options));
      setTheirs(undefined);
      toast(t.applied);
      await onChanged(name);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        await api.get<Source>(`/v1/sources/${name}`).then(setTheirs, toastError);
      } else if (error instanceof ApiError && error.status === 422) setChecked(refused(error));
      else toastError(error);
    }
    setBusy(undefined);
  };
  const problems: LineProblem[] = (checked?.problems ?? []).map(({ line, detail }) => ({
    line: Math.max(line, 1),
    message: detail,
  }));
  const editable = hasRole("admin");
  return (
    <div class="f-stack">
      {!editable && <Banner icon="lock">{t.onlyAdmins}</Banner>}
      <CodeEditor
        label={t.contract}
        language="yaml"
        value={text}
        readOnly={!editable}
        problems={problems}
        onChange={(value) => {
          setText(value);
          setChecked(undefined);
        }}
      />
      {editable && (
        <div class="f-row f-row-wrap">
          <Button icon="check" busy={busy === "check"} onClick={() => void check()}>
            {t.check}
          </Button>
          <Button
            look="primary"
            busy={busy === "apply"}
            disabled={!dirty && source !== undefined}
            onClick={() => void apply(seen?.generation ?? 0)}
          >
            {t.apply}
          </Button>
          {busy === "check" && <span class="f-muted f-small">{t.checking}</span>}
        </div>
      )}
      {checked && <Outcome checked={checked} />}
      {theirs && (
        <Dialog
          open
          size="large"
          title={t.conflict}
          onClose={() => setTheirs(undefined)}
          footer={
            <>
              <Button
                onClick={() => {
                  setSeen(theirs);
                  setText(theirs.contract);
                  setTheirs(undefined);
                }}
              >
                {t.theirs}
              </Button>
              <Button look="primary" onClick={() => void apply(theirs.generation)}>
                {t.mine}
              </Button>
            </>
          }
        >
          <p class="f-muted">{t.conflictText}</p>
          <Diff before={theirs.contract} after={text} />
        </Dialog>
      )}
    </div>
  );
}

function refused(error: ApiError): Checked {
  const problems = error.message.split("\n").map((said) => {
    const found = /^line (\d+): (.*)$/.exec(said);
    return found ? { line: Number(found[1]), detail: found[2] ?? "" } : { line: 0, detail: said };
  });
  return { problems, documents: {}, notes: [] };
}

function Outcome({ checked }: { checked: Checked }) {
  if (checked.problems.length > 0) {
    return (
      <Banner tone="danger">
        {t.problems(checked.problems.length)}: {checked.problems.map((one) => one.detail).join("; ")}
      </Banner>
    );
  }
  const documents = Object.values(checked.documents).flat();
  return (
    <div class="f-stack">
      <Banner tone="success">{t.fine}</Banner>
      {checked.notes.map((note) => (
        <Banner key={note}>{note}</Banner>
      ))}
      <h3>{t.first}</h3>
      {documents.map((document, index) => (
        <article key={`${index} ${document.title}`} class="a-text">
          <h4>{document.title}</h4>
          <p class="f-small f-muted">
            {t.readers}: {document.readers?.join(", ") || t.nobody}
          </p>
          <Markdown text={document.text} />
        </article>
      ))}
    </div>
  );
}

function Lately({ name }: { name: string }) {
  const live = useLive(`source-history ${name}`, () => api.get<History>(`/v1/sources/${name}/history`), 15);
  const history = live.data ?? { times: [], lag: [], changes: [] };
  return (
    <div class="f-stack">
      <p class="f-muted">{t.hour}</p>
      <Chart label={t.lag} times={history.times} series={[{ label: t.lag, values: history.lag }]} height={150} />
      <Chart
        label={t.changes}
        times={history.times}
        series={[{ label: t.changes, values: history.changes }]}
        height={150}
      />
    </div>
  );
}
