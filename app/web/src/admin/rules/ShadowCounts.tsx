import { type Column, EmptyState, Table } from "../../design";
import { api } from "../../lib/api";
import { formatNumber } from "../../lib/format";
import { useLive } from "../../lib/live";
import { t } from "./messages";
import type { Stage } from "./model";

interface Count {
  version: number;
  stage: Stage;
  rule: string;
  count: number;
  differed: number;
}

/** What versions in shadow would have done. */
export function ShadowCounts({ name }: { name: string }) {
  const live = useLive(
    `shadow ${name}`,
    (signal) => api.get<{ counts: Count[] }>(`/v1/rules/${name}/shadow`, { signal }),
    3,
  );
  return (
    <Table
      caption={t.shadowTab}
      columns={columns()}
      rows={live.data?.counts ?? []}
      rowKey={(one) => `${one.version} ${one.stage} ${one.rule}`}
      loading={live.loading}
      error={live.error?.status === 404 ? undefined : live.error}
      onRetry={() => void live.refresh()}
      empty={
        <EmptyState icon="eye" title={t.noCounts}>
          {t.noCountsText}
        </EmptyState>
      }
      wraps
    />
  );
}

function columns(): Column<Count>[] {
  return [
    { key: "version", title: t.versions, fit: true, cell: (one) => t.version(one.version) },
    { key: "rule", title: t.rule, cell: (one) => one.rule || <span class="f-muted">{t.judged}</span> },
    {
      key: "stage",
      title: t.stage,
      fit: true,
      priority: 2,
      cell: (one) => t[one.stage],
    },
    { key: "count", title: t.counted, fit: true, align: "end", cell: (one) => formatNumber(one.count) },
    { key: "differed", title: t.differed, fit: true, align: "end", cell: (one) => formatNumber(one.differed) },
  ];
}
