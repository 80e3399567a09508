import { useState } from "preact/hooks";
import { Badge, Button, type Column, DateTime, Diff, ErrorState, Skeleton, Table } from "../../design";
import { api } from "../../lib/api";
import { statusOf, useLive } from "../../lib/live";
import { t } from "./messages";
import type { DocumentRow } from "./model";
import { Unreadable } from "./Preview";

interface Chunk {
  number: number;
  start: number;
  end: number;
  heading: string;
  page: number;
  text: string;
}

interface Version {
  version: number;
  title: string;
  characters: number;
  created_at: string;
  readable: boolean;
  newest: boolean;
}

/** The passages that a search finds, as they were cut. */
export function Passages({ row }: { row: DocumentRow }) {
  const key = `chunks ${row.id} ${row.version}`;
  const live = useLive(key, () => api.get<{ items: Chunk[] }>(`/v1/documents/${row.id}/chunks`));
  if (live.error) return live.error.status === 404 ? <Unreadable /> : <ErrorState error={live.error} />;
  if (!live.data) return <Skeleton lines={8} />;
  return (
    <ol>
      {live.data.items.map((chunk) => (
        <li key={chunk.number} class="a-passage">
          <div class="f-row f-row-wrap f-small f-muted">
            <Badge>{chunk.number + 1}</Badge>
            {chunk.heading && <span>{chunk.heading}</span>}
            {chunk.page > 0 && <span>{t.onPage(chunk.page)}</span>}
            <span>{t.place(chunk.start, chunk.end)}</span>
          </div>
          <pre class="f-small">{chunk.text}</pre>
        </li>
      ))}
    </ol>
  );
}

/** The versions that are kept, each compared with the newest. */
export function Versions({ row }: { row: DocumentRow }) {
  const key = `versions ${row.id} ${row.version}`;
  const live = useLive(key, () => api.get<{ items: Version[] }>(`/v1/documents/${row.id}/versions`));
  const [compared, setCompared] = useState<number>();
  const columns: Column<Version>[] = [
    {
      key: "at",
      title: t.updated,
      cell: (version) => (
        <span class="f-row">
          <DateTime at={version.created_at} />
          {version.newest && <Badge tone="success">{t.newest}</Badge>}
        </span>
      ),
    },
    { key: "size", title: t.size, fit: true, align: "end", cell: (version) => t.characters(version.characters) },
    {
      key: "compare",
      title: "",
      fit: true,
      cell: (version) =>
        !version.newest &&
        version.readable && (
          <Button size="small" onClick={() => setCompared(version.version)}>
            {t.compare}
          </Button>
        ),
    },
  ];
  return (
    <div class="f-stack">
      <Table
        caption={t.versions}
        columns={columns}
        rows={live.data?.items ?? []}
        rowKey={(version) => String(version.version)}
        {...statusOf(live)}
        wraps
      />
      {compared !== undefined && <Comparison row={row} version={compared} />}
    </div>
  );
}

function Comparison({ row, version }: { row: DocumentRow; version: number }) {
  const live = useLive(`comparison ${row.id} ${version} ${row.version}`, () =>
    Promise.all([
      api.get<string>(`/v1/documents/${row.id}/text`, { query: { version } }),
      api.get<string>(`/v1/documents/${row.id}/text`),
    ]),
  );
  if (live.error) return <ErrorState error={live.error} onRetry={() => void live.refresh()} />;
  if (!live.data) return <Skeleton lines={6} />;
  return <Diff before={live.data[0]} after={live.data[1]} height="28rem" />;
}
