import { useState } from "preact/hooks";
import { Badge, Card, type Column, EmptyState, Table } from "../../design";
import { api } from "../../lib/api";
import { statusOf, useLive } from "../../lib/live";
import { ListHead } from "../ListHead";
import { t } from "./messages";
import type { Opening } from "./opening";
import { OnceDialog } from "./parts";
import { SiteDialog } from "./SiteDialog";

export interface Site {
  id: string;
  name: string;
  public_key: string;
  origins: string[];
  greeting: { en?: string; zh?: string };
  opening: Opening;
  active: boolean;
}

/** Sites that carry the widget. */
export function Sites() {
  const live = useLive("sites", (signal) => api.get<{ items: Site[] }>("/v1/sites", { signal }), 15);
  const [edited, setEdited] = useState<Site | "new">();
  const [made, setMade] = useState<Site & { identity_secret: string }>();
  return (
    <>
      <ListHead title={t.sites} description={t.sitesText} add={t.addSite} onAdd={() => setEdited("new")} />
      <Card flush>
        <Table
          caption={t.sites}
          columns={columns()}
          rows={live.data?.items ?? []}
          rowKey={(one) => one.id}
          rowLabel={(one) => one.name}
          onOpen={setEdited}
          {...statusOf(live)}
          empty={
            <EmptyState icon="globe" title={t.noSites}>
              {t.noSitesText}
            </EmptyState>
          }
          wraps
        />
      </Card>
      {edited && (
        <SiteDialog
          site={edited === "new" ? undefined : edited}
          onClose={() => setEdited(undefined)}
          onMade={setMade}
          onSaved={() => {
            setEdited(undefined);
            void live.refresh();
          }}
        />
      )}
      {made && (
        <OnceDialog
          title={made.name}
          note={t.identityText}
          items={[
            [t.identitySecret, made.identity_secret],
            [t.snippet, snippetOf(made)],
          ]}
          onClose={() => setMade(undefined)}
        />
      )}
    </>
  );
}

/** The line of HTML that puts the widget on a page. */
export function snippetOf(site: Site): string {
  return `<script src="${location.origin}/widget.js" data-site="${site.public_key}" async></script>`;
}

function columns(): Column<Site>[] {
  return [
    { key: "name", title: t.siteName, cell: (one) => <span class="f-strong">{one.name}</span> },
    { key: "origins", title: t.origins, cell: (one) => one.origins.join(", ") },
    {
      key: "key",
      title: t.publicKey,
      fit: true,
      priority: 3,
      cell: (one) => <span class="f-code">{one.public_key}</span>,
    },
    {
      key: "state",
      title: t.state,
      fit: true,
      cell: (one) => <Badge tone={one.active ? "success" : "neutral"}>{one.active ? t.active : t.inactive}</Badge>,
    },
  ];
}
