import { useState } from "preact/hooks";
import {
  Badge,
  Button,
  Card,
  type Column,
  confirm,
  DateTime,
  Dialog,
  EmptyState,
  Table,
  TextField,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { statusOf, useLive } from "../../lib/live";
import { ListHead } from "../ListHead";
import { t } from "./messages";
import { namesIn, OnceDialog, RoleBoxes } from "./parts";
import { roleWord } from "./Users";

interface Key {
  id: string;
  name: string;
  beginning: string;
  scopes: string[];
  groups: string[];
  created_by: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

/** API keys: made, shown once, revoked. */
export function Keys() {
  const live = useLive("keys", (signal) => api.get<{ items: Key[] }>("/v1/api-keys", { signal }), 15);
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Key & { secret: string }>();
  const revoke = async (key: Key) => {
    const question = { title: t.revokeTitle(key.name), text: t.revokeText, action: t.revoke, danger: true };
    if (!(await confirm(question))) return;
    try {
      await api.delete(`/v1/api-keys/${key.id}`);
      toast(t.revoked);
      await live.refresh();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <>
      <ListHead title={t.keys} description={t.keysText} add={t.addKey} onAdd={() => setAdding(true)} />
      <Card flush>
        <Table
          caption={t.keys}
          columns={columns((key) => void revoke(key))}
          rows={live.data?.items ?? []}
          rowKey={(one) => one.id}
          rowLabel={(one) => one.name}
          height="calc(100dvh - 16rem)"
          {...statusOf(live)}
          empty={
            <EmptyState icon="key" title={t.noKeys}>
              {t.noKeysText}
            </EmptyState>
          }
        />
      </Card>
      {adding && (
        <NewKey
          onClose={() => setAdding(false)}
          onMade={(key) => {
            setAdding(false);
            setMade(key);
            void live.refresh();
          }}
        />
      )}
      {made && <OnceDialog title={made.name} items={[[t.key, made.secret]]} onClose={() => setMade(undefined)} />}
    </>
  );
}

function columns(revoke: (key: Key) => void): Column<Key>[] {
  return [
    { key: "name", title: t.keyName, cell: (one) => <span class="f-strong">{one.name}</span> },
    { key: "key", title: t.key, fit: true, priority: 2, cell: (one) => <span class="f-code">{one.beginning}…</span> },
    { key: "scopes", title: t.scopes, fit: true, cell: (one) => one.scopes.map(roleWord).join(", ") },
    { key: "groups", title: t.groups, priority: 3, cell: (one) => one.groups.join(", ") || "–" },
    { key: "expires", title: t.expires, fit: true, priority: 2, cell: (one) => <Expiry at={one.expires_at} /> },
    {
      key: "used",
      title: t.used,
      fit: true,
      priority: 3,
      cell: (one) => (one.last_used_at ? <DateTime at={one.last_used_at} /> : t.never),
    },
    { key: "by", title: t.by, fit: true, priority: 3, cell: (one) => one.created_by },
    {
      key: "revoke",
      title: "",
      fit: true,
      cell: (one) => (
        <Button size="small" look="danger" onClick={() => revoke(one)}>
          {t.revoke}
        </Button>
      ),
    },
  ];
}

function Expiry({ at }: { at: string | null }) {
  if (!at) return <span class="f-muted">–</span>;
  return new Date(at) < new Date() ? <Badge tone="danger">{t.expired}</Badge> : <DateTime at={at} />;
}

function NewKey({ onClose, onMade }: { onClose: () => void; onMade: (key: Key & { secret: string }) => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["employee"]);
  const [groups, setGroups] = useState("");
  const [expires, setExpires] = useState("");
  const make = async () => {
    try {
      const wish = { name: name.trim(), scopes, groups: namesIn(groups) };
      const until = expires ? { expires_at: new Date(`${expires}T23:59:59`).toISOString() } : {};
      onMade(await api.post<Key & { secret: string }>("/v1/api-keys", { ...wish, ...until }));
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog
      open
      title={t.addKey}
      onClose={onClose}
      onSubmit={() => void make()}
      footer={
        <Button type="submit" look="primary" disabled={!name.trim() || scopes.length === 0}>
          {t.create}
        </Button>
      }
    >
      <div class="f-stack">
        <TextField label={t.keyName} value={name} onChange={setName} />
        <RoleBoxes label={t.scopes} value={scopes} onChange={setScopes} />
        <TextField label={t.groups} hint={t.groupsHint} optional value={groups} onChange={setGroups} />
        <TextField label={t.expires} hint={t.expiresHint} type="date" optional value={expires} onChange={setExpires} />
      </div>
    </Dialog>
  );
}
