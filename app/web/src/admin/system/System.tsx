import { useState } from "preact/hooks";
import {
  Banner,
  Card,
  Chart,
  type Column,
  DateTime,
  EmptyState,
  ErrorState,
  PageHead,
  Select,
  Skeleton,
  StatusDot,
  Table,
} from "../../design";
import { api } from "../../lib/api";
import { formatBytes, formatDuration, formatNumber } from "../../lib/format";
import { useLive } from "../../lib/live";
import { stateWord } from "../states";
import { t } from "./messages";

interface Part {
  name: string;
  state: string;
  address: string;
  memory_bytes: number | null;
  uptime_seconds: number | null;
  restarts: number;
  detail: string;
}

interface SourceLag {
  name: string;
  state: string;
  message: string;
  lag: number | null;
  as_of: string | null;
}

interface SystemState {
  version: string;
  ready: boolean;
  not_ready: Record<string, string>;
  parts: Part[] | null;
  sources: SourceLag[];
  queue: Record<string, number>;
  indexes: { name: string; state: string; documents: number; chunks: number }[];
  dead_letters: number;
}

interface History {
  times: number[];
  lag: (number | null)[];
  changes: (number | null)[];
  memory: Record<string, (number | null)[]>;
}

/** How Freshet itself is doing. */
export function System() {
  const live = useLive("system", () => api.get<SystemState>("/v1/system"), 5);
  const system = live.data;
  return (
    <>
      <PageHead title={t.title} description={t.description} />
      {live.error && !system && <ErrorState error={live.error} onRetry={() => void live.refresh()} />}
      {live.loading && <Skeleton lines={8} />}
      {system && (
        <div class="f-stack">
          <Readiness system={system} />
          <Figures system={system} />
          <Charts />
          <Sources sources={system.sources} />
          {system.parts && system.parts.length > 0 && <Parts parts={system.parts} />}
        </div>
      )}
    </>
  );
}

function Readiness({ system }: { system: SystemState }) {
  if (system.ready) return <Banner tone="success">{t.ready}</Banner>;
  const told = Object.entries(system.not_ready).map(([name, why]) => (why ? `${name}: ${why}` : name));
  return (
    <Banner tone="danger">
      {t.notReady}. {told.join("; ")}
    </Banner>
  );
}

function Figures({ system }: { system: SystemState }) {
  const active = system.indexes.find((index) => index.state === "active");
  const figures: [string, string][] = [
    [t.documents, formatNumber(active?.documents ?? 0)],
    [t.passages, formatNumber(active?.chunks ?? 0)],
    [t.queue, formatNumber((system.queue.queued ?? 0) + (system.queue.parsing ?? 0))],
    [t.letters, formatNumber(system.dead_letters)],
    [t.version, system.version],
  ];
  return (
    <div class="a-tiles">
      {figures.map(([label, value]) => (
        <Card key={label}>
          <div class="f-muted f-small">{label}</div>
          <div class="a-figure">{value}</div>
        </Card>
      ))}
    </div>
  );
}

function Charts() {
  const [minutes, setMinutes] = useState<"60" | "360" | "1440">("60");
  const live = useLive(`history ${minutes}`, () => api.get<History>("/v1/system/history", { query: { minutes } }), 15);
  const history = live.data;
  if (!history)
    return live.error ? <ErrorState error={live.error} onRetry={() => void live.refresh()} /> : <Skeleton />;
  const heaviest = Object.entries(history.memory)
    .sort((one, other) => (other[1].at(-1) ?? 0) - (one[1].at(-1) ?? 0))
    .slice(0, 5)
    .map(([label, values]) => ({ label, values }));
  return (
    <>
      <div class="a-bar">
        <Select
          label={t.window}
          value={minutes}
          onChange={setMinutes}
          choices={[
            { value: "60", label: t.hour },
            { value: "360", label: t.sixHours },
            { value: "1440", label: t.day },
          ]}
        />
      </div>
      <div class="a-two">
        <Card title={t.lagOverTime}>
          <Chart label={t.lagOverTime} times={history.times} series={[{ label: t.lag, values: history.lag }]} />
        </Card>
        <Card title={t.changesOverTime}>
          <Chart
            label={t.changesOverTime}
            times={history.times}
            series={[{ label: t.changesOverTime, values: history.changes }]}
          />
        </Card>
        {heaviest.length > 0 && (
          <Card title={t.memoryOverTime}>
            <Chart label={t.memoryOverTime} times={history.times} series={heaviest} format={formatBytes} />
          </Card>
        )}
      </div>
    </>
  );
}

function Sources({ sources }: { sources: readonly SourceLag[] }) {
  const columns: Column<SourceLag>[] = [
    { key: "name", title: t.source, cell: (row) => row.name },
    { key: "state", title: t.state, cell: (row) => <State state={row.state} note={row.message} /> },
    {
      key: "lag",
      title: t.lag,
      align: "end",
      fit: true,
      cell: (row) => (row.lag === null ? "–" : formatNumber(row.lag)),
    },
    {
      key: "as_of",
      title: t.asOf,
      fit: true,
      priority: 2,
      cell: (row) => (row.as_of ? <DateTime at={row.as_of} /> : "–"),
    },
  ];
  return (
    <Card title={t.sources} flush>
      <Table
        caption={t.sources}
        columns={columns}
        rows={sources}
        rowKey={(row) => row.name}
        wraps
        empty={<EmptyState icon="database" title={t.noSources} />}
      />
    </Card>
  );
}

function Parts({ parts }: { parts: readonly Part[] }) {
  const columns: Column<Part>[] = [
    { key: "name", title: t.part, cell: (row) => row.name },
    { key: "state", title: t.state, cell: (row) => <State state={row.state} note={row.detail} /> },
    {
      key: "memory",
      title: t.memory,
      align: "end",
      fit: true,
      cell: (row) => (row.memory_bytes === null ? "–" : formatBytes(row.memory_bytes)),
    },
    {
      key: "uptime",
      title: t.uptime,
      fit: true,
      priority: 2,
      cell: (row) => (row.uptime_seconds === null ? "–" : formatDuration(row.uptime_seconds)),
    },
    { key: "restarts", title: t.restarts, align: "end", fit: true, priority: 3, cell: (row) => row.restarts },
    { key: "address", title: t.address, priority: 3, cell: (row) => <span class="f-code">{row.address}</span> },
  ];
  const total = parts.reduce((sum, part) => sum + (part.memory_bytes ?? 0), 0);
  return (
    <Card title={`${t.parts} · ${formatBytes(total)}`} flush>
      <Table caption={t.parts} columns={columns} rows={parts} rowKey={(row) => row.name} wraps />
    </Card>
  );
}

function State({ state, note }: { state: string; note: string }) {
  const good = state === "running" || state === "external";
  const bad = state === "down" || state === "silent" || state === "failed" || state.includes("no answer");
  return (
    <span>
      <StatusDot tone={good ? "success" : bad ? "danger" : "warning"}>{stateWord(state)}</StatusDot>
      {note && <div class="f-small f-muted">{note}</div>}
    </span>
  );
}
