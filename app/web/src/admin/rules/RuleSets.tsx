import "./rules.css";
import { useState } from "preact/hooks";
import { Badge, Card, type Column, DateTime, EmptyState, Table } from "../../design";
import { api } from "../../lib/api";
import { statusOf, useLive } from "../../lib/live";
import { navigate, path } from "../../lib/router";
import { ListHead, NameDialog } from "../ListHead";
import { t } from "./messages";
import type { RuleSet } from "./model";
import { RuleSetPage } from "./RuleSetPage";

const PLACE = "/admin/rules";

/** All rule sets, or one of them. */
export function RuleSets() {
  const name = decodeURIComponent(path.value.slice(PLACE.length + 1));
  return name ? <RuleSetPage key={name} name={name} /> : <List />;
}

function List() {
  const live = useLive("rules", (signal) => api.get<{ rules: RuleSet[] }>("/v1/rules", { signal }), 8);
  const [naming, setNaming] = useState(false);
  const open = (chosen: string) => void navigate(`${PLACE}/${encodeURIComponent(chosen)}`);
  return (
    <>
      <ListHead title={t.title} description={t.description} add={t.add} onAdd={() => setNaming(true)} />
      <Card flush>
        <Table
          caption={t.title}
          columns={columns()}
          rows={live.data?.rules ?? []}
          rowKey={(one) => one.name}
          onOpen={(one) => open(one.name)}
          {...statusOf(live)}
          empty={<EmptyState icon="shield" title={t.empty} />}
          wraps
        />
      </Card>
      <NameDialog
        open={naming}
        title={t.add}
        label={t.name}
        hint={t.nameHint}
        onClose={() => setNaming(false)}
        onName={open}
      />
    </>
  );
}

function columns(): Column<RuleSet>[] {
  return [
    { key: "name", title: t.name, cell: (one) => <span class="f-strong">{one.name}</span> },
    {
      key: "active",
      title: t.active,
      fit: true,
      cell: (one) =>
        one.active_version === null ? (
          <Badge>{t.off}</Badge>
        ) : (
          <Badge tone="success">{t.version(one.active_version)}</Badge>
        ),
    },
    {
      key: "shadow",
      title: t.shadow,
      fit: true,
      cell: (one) => (one.shadow_version === null ? "–" : <Badge tone="info">{t.version(one.shadow_version)}</Badge>),
    },
    { key: "by", title: t.by, fit: true, priority: 2, cell: (one) => one.changed_by || "–" },
    {
      key: "at",
      title: t.at,
      fit: true,
      priority: 2,
      cell: (one) => (one.updated_at ? <DateTime at={one.updated_at} /> : "–"),
    },
  ];
}
