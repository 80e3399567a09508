import { useState } from "preact/hooks";
import { Badge, Button, Card, type Column, DateTime, Dialog, PageHead, Table, TextField } from "../../design";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
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
  const [name, setName] = useState("");
  return (
    <>
      <PageHead
        title={t.title}
        description={t.description}
        actions={
          <Button look="primary" icon="plus" onClick={() => setNaming(true)}>
            {t.add}
          </Button>
        }
      />
      <Card flush>
        <Table
          caption={t.title}
          columns={columns()}
          rows={live.data?.cleaning_packs ?? []}
          rowKey={(pack) => pack.name}
          onOpen={(pack) => setOpened(pack.name)}
          openKey={opened}
          loading={live.loading}
          error={live.error}
          onRetry={() => void live.refresh()}
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
      <Dialog
        open={naming}
        size="small"
        title={t.add}
        onClose={() => setNaming(false)}
        onSubmit={() => {
          setNaming(false);
          setOpened(name.trim());
        }}
        footer={
          <Button type="submit" look="primary" disabled={!/^[a-z0-9][a-z0-9_-]*$/.test(name.trim())}>
            {t.add}
          </Button>
        }
      >
        <TextField label={t.name} hint={t.nameHint} code value={name} onChange={setName} />
      </Dialog>
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
