import { useState } from "preact/hooks";
import {
  Banner,
  Button,
  Card,
  type Column,
  DateTime,
  EmptyState,
  PageHead,
  Table,
  TextField,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { formatNumber } from "../../lib/format";
import { statusOf, useLive } from "../../lib/live";
import { query, setQuery } from "../../lib/router";
import { t } from "./messages";

interface Entry {
  sequence: number;
  at: string;
  actor: string;
  action: string;
  object: string;
  detail: Record<string, unknown>;
}

interface Entries {
  items: Entry[];
  next_cursor: string | null;
}

interface Verification {
  whole: boolean;
  sequence: number;
  broken: number;
  breaks: { sequence: number; kind: string; reason: string }[];
}

const FILTERS = ["actor", "action", "object"] as const;

/** What people and rules did, newest first. */
export function Audit() {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.value.get(name) ?? ""]));
  const key = JSON.stringify(filters);
  const ask = (cursor: string | null) => api.get<Entries>("/v1/audit", { query: { ...filters, cursor, limit: 100 } });
  const live = useLive(`audit ${key}`, () => ask(null), 10);
  const [older, setOlder] = useState<Entries & { key: string }>();
  const known = older?.key === key ? older : undefined;
  const cursor = known ? known.next_cursor : live.data?.next_cursor;
  const newest = live.data?.items ?? [];
  const last = newest.at(-1)?.sequence ?? 0;
  const more = async () => {
    try {
      const page = await ask(cursor ?? null);
      setOlder({ key, items: [...(known?.items ?? []), ...page.items], next_cursor: page.next_cursor });
    } catch (error) {
      toastError(error);
    }
  };
  const [verified, setVerified] = useState<Verification>();
  const [verifying, setVerifying] = useState(false);
  const verify = async () => {
    setVerifying(true);
    try {
      setVerified(await api.get<Verification>("/v1/audit/verification", { timeoutSeconds: 120 }));
    } catch (error) {
      toastError(error);
    }
    setVerifying(false);
  };
  return (
    <>
      <PageHead
        title={t.audit}
        description={t.auditText}
        actions={
          <Button icon="shield" busy={verifying} onClick={() => void verify()}>
            {t.verify}
          </Button>
        }
      />
      {verified && <Verified found={verified} />}
      <Card flush>
        <div class="f-card-body a-bar">
          {FILTERS.map((name) => (
            <TextField
              key={name}
              label={t[name]}
              code
              value={filters[name] ?? ""}
              onChange={(value) => setQuery({ [name]: value || null })}
            />
          ))}
        </div>
        <Table
          caption={t.audit}
          columns={columns()}
          rows={[...newest, ...(known?.items ?? []).filter((one) => one.sequence < last)]}
          rowKey={(one) => String(one.sequence)}
          {...statusOf(live)}
          empty={
            <EmptyState icon="history" title={t.noAudit}>
              {t.noAuditText}
            </EmptyState>
          }
          foot={cursor && <Button onClick={() => void more()}>{t.more}</Button>}
          height="calc(100dvh - 20rem)"
        />
      </Card>
    </>
  );
}

function Verified({ found }: { found: Verification }) {
  if (found.whole) return <Banner tone="success">{t.whole(formatNumber(found.sequence))}</Banner>;
  return (
    <Banner tone="danger">
      <p class="f-strong">{t.broken(found.broken)}</p>
      <ul>
        {found.breaks.map((one) => (
          <li key={`${one.sequence} ${one.kind}`}>
            {one.sequence}: {one.reason}
          </li>
        ))}
      </ul>
    </Banner>
  );
}

function columns(): Column<Entry>[] {
  return [
    { key: "sequence", title: "#", fit: true, align: "end", priority: 3, cell: (one) => one.sequence },
    { key: "at", title: t.at, fit: true, cell: (one) => <DateTime at={one.at} /> },
    { key: "actor", title: t.actor, fit: true, cell: (one) => one.actor },
    { key: "action", title: t.action, fit: true, cell: (one) => <span class="f-code">{one.action}</span> },
    { key: "object", title: t.object, priority: 2, cell: (one) => one.object },
    {
      key: "detail",
      title: t.detail,
      priority: 3,
      cell: (one) => <span class="f-small f-muted">{words(one.detail)}</span>,
    },
  ];
}

function words(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}
