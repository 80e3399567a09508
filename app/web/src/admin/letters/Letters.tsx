import { useState } from "preact/hooks";
import {
  Badge,
  Banner,
  Button,
  Card,
  CodeEditor,
  type Column,
  confirm,
  DateTime,
  Drawer,
  EmptyState,
  ErrorState,
  PageHead,
  Select,
  Skeleton,
  Table,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { statusOf, useLive } from "../../lib/live";
import { t } from "./messages";

interface Letter {
  id: number;
  document_id: string;
  source: string;
  key: string;
  stage: string;
  reason: string;
  state: "open" | "replayed" | "dropped";
  created_at: string;
}

interface Detail extends Letter {
  payload: string | null;
  fingerprint: string;
  withheld: boolean;
}

type State = Letter["state"];
type Action = "replay" | "drop";
interface Outcomes {
  items: { id: number; done: boolean; detail: string }[];
}

/** What could not be indexed: why, and what to do about it. */
export function Letters() {
  const [state, setState] = useState<State>("open");
  const [source, setSource] = useState("");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<number>();
  const live = useLive(
    `letters ${state} ${source}`,
    (signal) =>
      api.get<{ dead_letters: Letter[] }>("/v1/dead-letters", { query: { state, source, limit: 200 }, signal }),
    5,
  );
  const counts = useLive(
    "letter-counts",
    () => api.get<{ sources: Record<string, number> }>("/v1/dead-letter-counts"),
    5,
  );
  const sources = Object.entries(counts.data?.sources ?? {});
  const act = async (action: Action, body: object, count: number) => {
    if (action === "drop" && !(await confirmDrop(count))) return;
    await clear(action, body);
    setSelected(new Set());
    setOpened(undefined);
    await Promise.all([live.refresh(), counts.refresh()]);
  };
  const chosen = { ids: [...selected].map(Number) };
  return (
    <>
      <PageHead
        title={t.title}
        description={t.description}
        actions={
          state === "open" &&
          (live.data?.dead_letters.length ?? 0) > 0 && (
            <Button icon="refresh" onClick={() => void act("replay", source ? { source } : {}, 0)}>
              {t.all}
            </Button>
          )
        }
      />
      <Card flush>
        <div class="f-card-body a-bar">
          <Select
            label={t.state}
            value={state}
            onChange={setState}
            choices={(["open", "replayed", "dropped"] as const).map((value) => ({ value, label: t[value] }))}
          />
          <Select
            label={t.source}
            value={source}
            onChange={setSource}
            choices={[
              { value: "", label: t.allSources },
              ...sources.map(([name, count]) => ({ value: name, label: `${name} (${count})` })),
            ]}
          />
        </div>
        <Table
          caption={t.title}
          columns={columns()}
          rows={live.data?.dead_letters ?? []}
          rowKey={(letter) => String(letter.id)}
          rowLabel={(letter) => letter.key}
          height="calc(100dvh - 20rem)"
          selected={state === "open" ? selected : undefined}
          onSelect={setSelected}
          selectionActions={
            <>
              <Button size="small" icon="refresh" onClick={() => void act("replay", chosen, selected.size)}>
                {t.replay}
              </Button>
              <Button size="small" look="danger" icon="trash" onClick={() => void act("drop", chosen, selected.size)}>
                {t.drop}
              </Button>
            </>
          }
          onOpen={(letter) => setOpened(letter.id)}
          openKey={opened === undefined ? undefined : String(opened)}
          {...statusOf(live)}
          empty={
            <EmptyState icon="success" title={t.none}>
              {t.noneText}
            </EmptyState>
          }
        />
      </Card>
      {opened !== undefined && (
        <LetterDrawer
          key={opened}
          id={opened}
          onClose={() => setOpened(undefined)}
          onAct={(action) => act(action, { ids: [opened] }, 1)}
        />
      )}
    </>
  );
}

function columns(): Column<Letter>[] {
  return [
    { key: "key", title: t.key, cell: (letter) => <span class="f-strong">{letter.key}</span> },
    { key: "reason", title: t.reason, cell: (letter) => letter.reason },
    { key: "source", title: t.source, fit: true, priority: 2, cell: (letter) => letter.source },
    { key: "stage", title: t.stage, fit: true, priority: 3, cell: (letter) => <Badge>{letter.stage}</Badge> },
    { key: "at", title: t.at, fit: true, priority: 2, cell: (letter) => <DateTime at={letter.created_at} /> },
  ];
}

interface LetterDrawerProps {
  id: number;
  onClose: () => void;
  onAct: (action: Action) => Promise<void>;
}

function LetterDrawer({ id, onClose, onAct }: LetterDrawerProps) {
  const live = useLive(`letter ${id}`, () => api.get<Detail>(`/v1/dead-letters/${id}`));
  const [edited, setEdited] = useState<string>();
  const letter = live.data;
  const save = async () => {
    const payload = objectOf(edited ?? "");
    if (!letter || !payload) return toast(t.notJson, "danger");
    try {
      live.set(await api.put<Detail>(`/v1/dead-letters/${id}`, { payload, fingerprint: letter.fingerprint }));
      setEdited(undefined);
      toast(t.saved);
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Drawer open title={letter?.key ?? "…"} onClose={onClose}>
      {live.loading && <Skeleton lines={6} />}
      {live.error && <ErrorState error={live.error} onRetry={() => void live.refresh()} />}
      {letter && (
        <div class="f-stack">
          <Banner tone="danger">{letter.reason}</Banner>
          <h3>{t.record}</h3>
          {letter.withheld ? (
            <Banner icon="lock">{t.withheld}</Banner>
          ) : (
            <CodeEditor
              label={t.record}
              language="json"
              value={edited ?? pretty(letter.payload ?? "")}
              onChange={setEdited}
              readOnly={letter.state !== "open"}
            />
          )}
          {letter.state === "open" && (
            <div class="f-row f-row-wrap">
              {edited !== undefined && <Button onClick={() => void save()}>{t.save}</Button>}
              <Button
                look="primary"
                icon="refresh"
                disabled={edited !== undefined}
                onClick={() => void onAct("replay")}
              >
                {t.replay}
              </Button>
              <Button look="danger" icon="trash" onClick={() => void onAct("drop")}>
                {t.drop}
              </Button>
            </div>
          )}
        </div>
      )}
    </Drawer>
  );
}

function confirmDrop(count: number): Promise<boolean> {
  return confirm({ title: t.dropTitle(count), text: t.dropText, action: t.drop, danger: true });
}

async function clear(action: Action, body: object): Promise<void> {
  try {
    const { items } = await api.post<Outcomes>("/v1/dead-letters:bulk", { action, ...body }, { timeoutSeconds: 120 });
    const failed = items.filter((one) => !one.done);
    if (failed.length < items.length) toast(t.done(items.length - failed.length));
    if (failed[0]) toast(t.notDone(failed.length, failed[0].detail), "danger");
  } catch (error) {
    toastError(error);
  }
}

function objectOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function pretty(text: string): string {
  const value = objectOf(text);
  return value ? JSON.stringify(value, null, 2) : text;
}
