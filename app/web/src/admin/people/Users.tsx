import { useState } from "preact/hooks";
import {
  Badge,
  Button,
  Card,
  type Column,
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
import { namesIn, RoleBoxes } from "./parts";
import { UserDrawer } from "./UserDrawer";

export interface User {
  name: string;
  display_name: string;
  email: string;
  roles: string[];
  groups: string[];
  active: boolean;
  origin: string;
  created_at: string;
  last_seen_at: string | null;
}

/** Accounts: list, add, change, deactivate, delete. */
export function Users() {
  const [sought, setSought] = useState("");
  const [limit, setLimit] = useState(100);
  const [opened, setOpened] = useState<string>();
  const [adding, setAdding] = useState(false);
  const live = useLive(
    `users ${sought} ${limit}`,
    (signal) =>
      api.get<{ items: User[]; next_cursor: string | null }>("/v1/users", { query: { query: sought, limit }, signal }),
    15,
  );
  const user = live.data?.items.find((one) => one.name === opened);
  return (
    <>
      <ListHead title={t.users} description={t.usersText} add={t.addUser} onAdd={() => setAdding(true)} />
      <Card flush>
        <div class="f-card-body a-bar">
          <TextField
            class="a-search"
            type="search"
            icon="search"
            label={t.search}
            value={sought}
            onChange={setSought}
          />
        </div>
        <Table
          caption={t.users}
          columns={columns()}
          rows={live.data?.items ?? []}
          rowKey={(one) => one.name}
          height="calc(100dvh - 20rem)"
          onOpen={(one) => setOpened(one.name)}
          openKey={opened}
          {...statusOf(live)}
          empty={
            <EmptyState icon="users" title={t.noUsers}>
              {t.noUsersText}
            </EmptyState>
          }
          foot={live.data?.next_cursor && limit < 200 && <Button onClick={() => setLimit(200)}>{t.more}</Button>}
        />
      </Card>
      {user && (
        <UserDrawer
          key={user.name}
          user={user}
          onClose={() => setOpened(undefined)}
          onChanged={() => void live.refresh()}
        />
      )}
      {adding && (
        <NewUser
          onClose={() => setAdding(false)}
          onAdded={(name) => {
            setAdding(false);
            setOpened(name);
            void live.refresh();
          }}
        />
      )}
    </>
  );
}

function columns(): Column<User>[] {
  return [
    {
      key: "name",
      title: t.name,
      cell: (one) => (
        <span>
          <span class="f-strong">{one.display_name || one.name}</span>{" "}
          {one.display_name && one.display_name !== one.name && <span class="f-muted">{one.name}</span>}
        </span>
      ),
    },
    { key: "roles", title: t.roles, fit: true, cell: (one) => one.roles.map(roleWord).join(", ") },
    { key: "groups", title: t.groups, priority: 2, cell: (one) => one.groups.join(", ") || "–" },
    {
      key: "state",
      title: t.state,
      fit: true,
      cell: (one) => <Badge tone={one.active ? "success" : "neutral"}>{one.active ? t.active : t.inactive}</Badge>,
    },
    {
      key: "origin",
      title: t.origin,
      fit: true,
      priority: 3,
      cell: (one) => (one.origin === "local" ? t.local : one.origin),
    },
    {
      key: "seen",
      title: t.seen,
      fit: true,
      priority: 3,
      cell: (one) => (one.last_seen_at ? <DateTime at={one.last_seen_at} /> : t.never),
    },
  ];
}

/** The word for a role. */
export function roleWord(role: string): string {
  const words: Record<string, string> = {
    customer: t.customer,
    employee: t.employee,
    agent: t.agent,
    editor: t.editor,
    admin: t.admin,
  };
  return words[role] ?? role;
}

function NewUser({ onClose, onAdded }: { onClose: () => void; onAdded: (name: string) => void }) {
  const [name, setName] = useState("");
  const [display, setDisplay] = useState("");
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<string[]>(["employee"]);
  const [groups, setGroups] = useState("");
  const [password, setPassword] = useState("");
  const add = async () => {
    try {
      const wish = { name: name.trim(), display_name: display, email, roles, groups: namesIn(groups) };
      const made = await api.post<User>("/v1/users", password ? { ...wish, password } : wish);
      toast(t.added(made.name));
      onAdded(made.name);
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog
      open
      title={t.addUser}
      onClose={onClose}
      onSubmit={() => void add()}
      footer={
        <Button type="submit" look="primary" disabled={!name.trim()}>
          {t.create}
        </Button>
      }
    >
      <div class="f-stack">
        <TextField label={t.name} hint={t.nameHint} autocomplete="off" value={name} onChange={setName} />
        <TextField label={t.displayName} optional value={display} onChange={setDisplay} />
        <TextField label={t.email} type="email" optional value={email} onChange={setEmail} />
        <RoleBoxes label={t.roles} value={roles} onChange={setRoles} />
        <TextField label={t.groups} hint={t.groupsHint} optional value={groups} onChange={setGroups} />
        <TextField
          label={t.password}
          type="password"
          autocomplete="new-password"
          value={password}
          onChange={setPassword}
        />
      </div>
    </Dialog>
  );
}
