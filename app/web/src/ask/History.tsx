import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import {
  Button,
  confirm,
  Dialog,
  ErrorState,
  IconButton,
  LinkButton,
  Menu,
  Skeleton,
  TextField,
  toastError,
} from "../design";
import { api } from "../lib/api";
import { type ApiError, asApiError } from "../lib/errors";
import { href } from "../lib/paths";
import { navigate } from "../lib/router";
import { conversationId, listVersion } from "./conversation";
import { t } from "./messages";
import { byDay, type ConversationLine } from "./model";

interface Page {
  conversations: ConversationLine[];
  next_cursor: string | null;
}

/** The caller's conversations by day, with a search over everything that was said in them. */
export function History() {
  const query = useSignal("");
  const lines = useSignal<ConversationLine[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const failure = useSignal<ApiError | undefined>(undefined);
  const renaming = useSignal<ConversationLine | null>(null);
  const asked = useRef(0);
  const load = async (cursor: string | null = null) => {
    const mine = ++asked.current;
    try {
      const page = await api.get<Page>("/v1/conversations", {
        query: { query: query.value.trim(), cursor, limit: 40 },
      });
      if (mine !== asked.current) return;
      lines.value = cursor ? [...(lines.value ?? []), ...page.conversations] : page.conversations;
      next.value = page.next_cursor;
      failure.value = undefined;
    } catch (error) {
      if (mine === asked.current) failure.value = asApiError(error);
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void load(), query.value ? 250 : 0);
    return () => clearTimeout(timer);
  }, [query.value, listVersion.value]);
  const found = lines.value;
  return (
    <div class="q-history">
      <LinkButton look="secondary" icon="plus" href={href("/ask")}>
        {t.newQuestion}
      </LinkButton>
      <TextField
        label={t.searchHistory}
        labelHidden
        type="search"
        icon="search"
        placeholder={t.searchHistory}
        maxLength={200}
        value={query.value}
        onChange={(text) => (query.value = text)}
      />
      {failure.value && !found && <ErrorState error={failure.value} onRetry={() => void load()} />}
      {!found && !failure.value && <Skeleton lines={4} />}
      {found?.length === 0 && <p class="f-muted f-small">{query.value ? t.nothingFound : t.noHistory}</p>}
      {byDay(found ?? []).map(([day, group]) => (
        <div key={day}>
          <h2>{t[day]}</h2>
          <ul>
            {group.map((line) => (
              <Line key={line.id} line={line} onRename={() => (renaming.value = line)} />
            ))}
          </ul>
        </div>
      ))}
      {next.value && (
        <Button look="quiet" onClick={() => void load(next.value)}>
          {t.more}
        </Button>
      )}
      {renaming.value && <Rename line={renaming.value} onClose={() => (renaming.value = null)} />}
    </div>
  );
}

function Line({ line, onRename }: { line: ConversationLine; onRename: () => void }) {
  const remove = async () => {
    if (!(await confirm({ title: t.removeTitle, text: t.removeText, action: t.remove, danger: true }))) return;
    try {
      await api.delete(`/v1/conversations/${line.id}`);
      listVersion.value += 1;
      if (conversationId.value === line.id) await navigate("/ask");
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <li class="q-line">
      <a
        href={href(`/ask/c/${line.id}`)}
        title={line.title}
        aria-current={line.id === conversationId.value ? "page" : undefined}
      >
        <span class="f-cut">{line.title}</span>
      </a>
      <Menu
        items={[
          { label: t.rename, icon: "edit", onSelect: onRename },
          { label: t.remove, icon: "trash", danger: true, onSelect: () => void remove() },
        ]}
        button={(open) => <IconButton {...open} size="small" icon="more" label={t.actionsFor(line.title)} />}
      />
    </li>
  );
}

function Rename({ line, onClose }: { line: ConversationLine; onClose: () => void }) {
  const title = useSignal(line.title);
  const save = async () => {
    try {
      await api.patch(`/v1/conversations/${line.id}`, { title: title.value.trim() });
      listVersion.value += 1;
      onClose();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog
      open
      size="small"
      title={t.renameTitle}
      onClose={onClose}
      onSubmit={() => void save()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button look="primary" type="submit" disabled={!title.value.trim()}>
            {t.save}
          </Button>
        </>
      }
    >
      <TextField label={t.nameLabel} maxLength={120} value={title.value} onChange={(text) => (title.value = text)} />
    </Dialog>
  );
}
