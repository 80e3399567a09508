import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  Badge,
  Button,
  Card,
  type Column,
  DateTime,
  EmptyState,
  Select,
  StatusDot,
  Table,
  TextField,
} from "../../design";
import { api } from "../../lib/api";
import { formatBytes, formatNumber } from "../../lib/format";
import { useLive } from "../../lib/live";
import { t } from "./messages";
import { type DocumentRow, type DocumentState, isUnderWay, STATES, toneOf, UPLOADED } from "./model";
import { nameOf } from "./ReadersField";
import type { DocumentList } from "./use_documents";

export interface DocumentTableProps {
  list: DocumentList;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  onOpen: (id: string) => void;
  openKey?: string;
  actions: ComponentChildren;
}

/** Search, filters and the dense table. */
export function DocumentTable({ list, selected, onSelect, onOpen, openKey, actions }: DocumentTableProps) {
  const filtered = Object.values(list.filters).some(Boolean);
  const total = list.data?.total;
  return (
    <Card flush>
      <div class="f-card-body">
        <Filters list={list} />
      </div>
      <Table
        caption={t.title}
        columns={columns()}
        rows={list.rows}
        rowKey={(row) => row.id}
        rowLabel={(row) => row.title || row.key}
        height="calc(100dvh - 21rem)"
        sorting={list.sorting}
        onSort={({ by, descending }) => list.sort(by, descending)}
        selected={selected}
        onSelect={onSelect}
        selectionActions={actions}
        onOpen={(row) => onOpen(row.id)}
        openKey={openKey}
        loading={list.loading}
        error={list.error}
        onRetry={() => void list.refresh()}
        onMore={list.more}
        loadingMore={list.growing}
        empty={<Nothing filtered={filtered} onClear={list.clear} />}
        foot={total === undefined || total === null ? undefined : t.total(total)}
      />
    </Card>
  );
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (!filtered) {
    return (
      <EmptyState icon="document" title={t.none}>
        {t.noneText}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="search" title={t.noMatch} actions={<Button onClick={onClear}>{t.clearFilters}</Button>}>
      {t.noMatchText}
    </EmptyState>
  );
}

function Filters({ list }: { list: DocumentList }) {
  const [typed, setTyped] = useState(list.filters.q);
  useEffect(() => setTyped(list.filters.q), [list.filters.q]);
  useEffect(() => {
    const timer = setTimeout(() => typed !== list.filters.q && list.filter("q", typed), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  const sources = useLive("source-names", () => api.get<{ sources: { name: string }[] }>("/v1/sources"), 30);
  const groups = useLive("groups", () => api.get<{ items: { name: string }[] }>("/v1/groups"));
  const names = [UPLOADED, ...(sources.data?.sources.map((one) => one.name) ?? [])];
  const readers = ["public", ...(groups.data?.items.map((one) => one.name) ?? [])];
  const counts = list.data?.states ?? {};
  const counted = (state: DocumentState) =>
    counts[state] ? `${t.stateOf(state)} (${formatNumber(counts[state])})` : t.stateOf(state);
  return (
    <div class="a-bar">
      <TextField
        class="a-search"
        type="search"
        icon="search"
        label={t.search}
        labelHidden
        placeholder={t.search}
        value={typed}
        onChange={setTyped}
      />
      <Select
        label={t.state}
        labelHidden
        value={list.filters.state}
        onChange={(value) => list.filter("state", value)}
        choices={[{ value: "", label: t.allStates }, ...STATES.map((value) => ({ value, label: counted(value) }))]}
      />
      <Select
        label={t.source}
        labelHidden
        value={list.filters.source}
        onChange={(value) => list.filter("source", value)}
        choices={[{ value: "", label: t.allSources }, ...names.map((value) => ({ value, label: value }))]}
      />
      <Select
        label={t.reader}
        labelHidden
        value={list.filters.reader}
        onChange={(value) => list.filter("reader", value)}
        choices={[{ value: "", label: t.allReaders }, ...readers.map((value) => ({ value, label: nameOf(value) }))]}
      />
    </div>
  );
}

function columns(): Column<DocumentRow>[] {
  return [
    { key: "title", title: t.name, sort: "title", cell: (row) => <Title row={row} /> },
    { key: "state", title: t.state, fit: true, cell: (row) => <State row={row} /> },
    { key: "source", title: t.source, sort: "source", fit: true, priority: 2, cell: (row) => row.source },
    { key: "readers", title: t.readers, priority: 2, cell: (row) => <Readers readers={row.readers ?? []} /> },
    {
      key: "size",
      title: t.size,
      sort: "size_bytes",
      align: "end",
      fit: true,
      priority: 3,
      cell: (row) => (row.size_bytes ? formatBytes(row.size_bytes) : ""),
    },
    {
      key: "chunks",
      title: t.chunks,
      align: "end",
      fit: true,
      priority: 3,
      cell: (row) => (row.chunks ? formatNumber(row.chunks) : ""),
    },
    {
      key: "updated",
      title: t.updated,
      sort: "updated_at",
      fit: true,
      priority: 2,
      cell: (row) => <DateTime at={row.updated_at} />,
    },
  ];
}

function Title({ row }: { row: DocumentRow }) {
  return (
    <span class="a-doc-title">
      <span class="f-cut f-strong">{row.title || row.filename || row.key}</span>
      <span class="f-cut f-small f-muted">{row.reason || row.key}</span>
    </span>
  );
}

/** The state of a document, with the page while it is being read. */
export function State({ row }: { row: DocumentRow }) {
  const { page, pages } = row.progress ?? {};
  const where = row.state === "parsing" && page && pages ? ` · ${t.page(page, pages)}` : "";
  return (
    <StatusDot tone={toneOf(row.state)} busy={isUnderWay(row.state)}>
      {t.stateOf(row.state)}
      {where}
    </StatusDot>
  );
}

function Readers({ readers }: { readers: readonly string[] }) {
  return (
    <span class="f-row">
      {readers.slice(0, 3).map((reader) => (
        <Badge key={reader} tone={reader === "public" ? "warning" : "neutral"}>
          {nameOf(reader)}
        </Badge>
      ))}
      {readers.length > 3 && <span class="f-small f-muted">+{readers.length - 3}</span>}
    </span>
  );
}
