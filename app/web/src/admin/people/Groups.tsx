import { useState } from "preact/hooks";
import {
  Button,
  Card,
  type Column,
  confirm,
  Dialog,
  EmptyState,
  IconButton,
  Table,
  TextField,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { formatNumber } from "../../lib/format";
import { statusOf, useLive } from "../../lib/live";
import { ListHead } from "../ListHead";
import { t } from "./messages";

interface Group {
  name: string;
  description: string;
  members: number;
  documents: number;
}

const NEW: Group = { name: "", description: "", members: 0, documents: 0 };

/** Groups, their members and documents. */
export function Groups() {
  const live = useLive("groups", (signal) => api.get<{ items: Group[] }>("/v1/groups", { signal }), 15);
  const [edited, setEdited] = useState<Group>();
  const remove = async (group: Group) => {
    const text = t.removeGroupText(group.members, group.documents);
    if (!(await confirm({ title: t.removeGroupTitle(group.name), text, action: t.remove, danger: true }))) return;
    try {
      await api.delete(`/v1/groups/${encodeURIComponent(group.name)}`);
      toast(t.deleted(group.name));
      await live.refresh();
    } catch (error) {
      toastError(error);
    }
  };
  const known = new Set(live.data?.items.map((one) => one.name));
  return (
    <>
      <ListHead title={t.groups} description={t.groupsText} add={t.addGroup} onAdd={() => setEdited(NEW)} />
      <Card flush>
        <Table
          caption={t.groups}
          columns={columns((group) => void remove(group))}
          rows={live.data?.items ?? []}
          rowKey={(one) => one.name}
          height="calc(100dvh - 16rem)"
          onOpen={setEdited}
          {...statusOf(live)}
          empty={<EmptyState icon="users" title={t.noGroups} />}
        />
      </Card>
      {edited && (
        <GroupDialog
          group={edited}
          isNew={!known.has(edited.name)}
          onClose={() => setEdited(undefined)}
          onSaved={() => {
            setEdited(undefined);
            void live.refresh();
          }}
        />
      )}
    </>
  );
}

function columns(remove: (group: Group) => void): Column<Group>[] {
  return [
    { key: "name", title: t.groupName, cell: (one) => <span class="f-strong">{one.name}</span> },
    { key: "description", title: t.description, priority: 2, cell: (one) => one.description || "–" },
    { key: "members", title: t.members, fit: true, align: "end", cell: (one) => formatNumber(one.members) },
    { key: "documents", title: t.documents, fit: true, align: "end", cell: (one) => formatNumber(one.documents) },
    {
      key: "remove",
      title: "",
      fit: true,
      cell: (one) => <IconButton icon="trash" label={`${t.remove}: ${one.name}`} onClick={() => remove(one)} />,
    },
  ];
}

interface GroupDialogProps {
  group: Group;
  isNew: boolean;
  onClose: () => void;
  onSaved: () => void;
}

function GroupDialog({ group, isNew, onClose, onSaved }: GroupDialogProps) {
  const [name, setName] = useState(group.name);
  const [description, setDescription] = useState(group.description);
  const save = async () => {
    try {
      await api.put(`/v1/groups/${encodeURIComponent(name.trim())}`, { description });
      toast(t.saved);
      onSaved();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog
      open
      size="small"
      title={isNew ? t.addGroup : group.name}
      onClose={onClose}
      onSubmit={() => void save()}
      footer={
        <Button type="submit" look="primary" disabled={!name.trim()}>
          {t.save}
        </Button>
      }
    >
      <div class="f-stack">
        {isNew && <TextField label={t.groupName} value={name} onChange={setName} />}
        <TextField label={t.description} value={description} onChange={setDescription} />
      </div>
    </Dialog>
  );
}
