import { useState } from "preact/hooks";
import { Button, Card, type Column, DateTime, EmptyState, PageHead, StatusDot, Table, type Tone } from "../../design";
import { api } from "../../lib/api";
import { formatNumber } from "../../lib/format";
import { statusOf, useLive } from "../../lib/live";
import { hasRole } from "../../lib/session";
import { stateWord } from "../states";
import { t } from "./messages";
import { SourceDrawer } from "./SourceDrawer";

export interface Source {
  name: string;
  contract: string;
  generation: number;
  desired: "active" | "paused" | "removed";
  status: { state?: string; message?: string; lag?: number | null; documents?: number | null; as_of?: string | null };
}

const NEW = "";

/** All declared sources with their state; one is opened beside them. */
export function Sources() {
  const live = useLive("sources", () => api.get<{ sources: Source[] }>("/v1/sources"), 3);
  const [opened, setOpened] = useState<string>();
  const sources = live.data?.sources ?? [];
  const open = sources.find((one) => one.name === opened);
  const add = hasRole("admin") && (
    <Button look="primary" icon="plus" onClick={() => setOpened(NEW)}>
      {t.add}
    </Button>
  );
  return (
    <>
      <PageHead title={t.title} description={t.description} actions={add} />
      <Card flush>
        <Table
          caption={t.title}
          columns={columns()}
          rows={sources}
          rowKey={(row) => row.name}
          onOpen={(row) => setOpened(row.name)}
          openKey={opened}
          {...statusOf(live)}
          wraps
          empty={
            <EmptyState icon="database" title={t.none} actions={add}>
              {t.noneText}
            </EmptyState>
          }
        />
      </Card>
      {opened !== undefined && (opened === NEW || open) && (
        <SourceDrawer
          key={opened}
          source={open}
          onClose={() => setOpened(undefined)}
          onChanged={async (name) => {
            await live.refresh();
            setOpened(name);
          }}
        />
      )}
    </>
  );
}

/** State in one word: what is wanted counts when the source is not to be followed. */
export function stateOf(source: Source): string {
  return source.desired === "active" ? (source.status.state ?? "declared") : source.desired;
}

const TONES: Record<string, Tone> = { running: "success", failed: "danger", degraded: "warning", waiting: "warning" };

function columns(): Column<Source>[] {
  return [
    { key: "name", title: t.name, cell: (row) => <span class="f-strong">{row.name}</span> },
    {
      key: "state",
      title: t.state,
      cell: (row) => {
        const state = stateOf(row);
        return (
          <>
            <StatusDot tone={TONES[state] ?? "info"} busy={state === "snapshot"}>
              {stateWord(state)}
            </StatusDot>
            {row.status.message && <div class="f-small f-muted">{row.status.message}</div>}
          </>
        );
      },
    },
    { key: "lag", title: t.lag, align: "end", fit: true, cell: (row) => count(row.status.lag) },
    { key: "documents", title: t.documents, align: "end", fit: true, cell: (row) => count(row.status.documents) },
    {
      key: "as_of",
      title: t.asOf,
      fit: true,
      priority: 2,
      cell: (row) => (row.status.as_of ? <DateTime at={row.status.as_of} /> : "–"),
    },
  ];
}

function count(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : formatNumber(value);
}
