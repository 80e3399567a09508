import { useState } from "preact/hooks";
import { Badge, Card, type Column, DateTime, Table } from "../../design";
import { api } from "../../lib/api";
import { statusOf, useLive } from "../../lib/live";
import { ListHead, NameDialog } from "../ListHead";
import { t } from "./messages";
import { PackDrawer } from "./PackDrawer";

export interface Pack {
  name: string;
  origin: "built-in" | "own";
  version: number;
  author: string;
  updated_at?: string | null;
  body?: string;
}

/** All cleaning packs; one is opened beside them. */
export function Packs() {
  const live = useLive("packs", () => api.get<{ cleaning_packs: Pack[] }>("/v1/cleaning-packs"), 8);
  const [opened, setOpened] = useState<string>();
  const [naming, setNaming] = useState(false);
  return (
    <>
      <ListHead title={t.title} description={t.description} add={t.add} onAdd={() => setNaming(true)} />
      <Card flush>
        <Table
          caption={t.title}
          columns={columns()}
          rows={live.data?.cleaning_packs ?? []}
          rowKey={(pack) => pack.name}
          onOpen={(pack) => setOpened(pack.name)}
          openKey={opened}
          {...statusOf(live)}
          wraps
        />
      </Card>
      {opened && (
        <PackDrawer
          key={opened}
          name={opened}
          onClose={() => setOpened(undefined)}
          onChanged={() => void live.refresh()}
        />
      )}
      <NameDialog
        open={naming}
        title={t.add}
        label={t.name}
        hint={t.nameHint}
        onClose={() => setNaming(false)}
        onName={(name) => {
          setNaming(false);
          setOpened(name);
        }}
      />
    </>
  );
}

function columns(): Column<Pack>[] {
  return [
    { key: "name", title: t.name, cell: (pack) => <span class="f-strong">{pack.name}</span> },
    {
      key: "origin",
      title: t.origin,
      fit: true,
      cell: (pack) => (
        <Badge tone={pack.origin === "own" ? "accent" : "neutral"}>{pack.origin === "own" ? t.own : t.builtIn}</Badge>
      ),
    },
    { key: "version", title: t.version, align: "end", fit: true, cell: (pack) => pack.version || "–" },
    { key: "by", title: t.by, fit: true, priority: 2, cell: (pack) => pack.author || "–" },
    {
      key: "updated",
      title: t.updated,
      fit: true,
      priority: 2,
      cell: (pack) => (pack.updated_at ? <DateTime at={pack.updated_at} /> : "–"),
    },
  ];
}
