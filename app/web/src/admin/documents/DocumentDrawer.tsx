import { useEffect, useRef, useState } from "preact/hooks";
import {
  Badge,
  Banner,
  Button,
  confirm,
  DateTime,
  Drawer,
  ErrorState,
  IconButton,
  Skeleton,
  Tabs,
  TextField,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { formatBytes, formatNumber } from "../../lib/format";
import { useLive } from "../../lib/live";
import { State } from "./DocumentTable";
import { t } from "./messages";
import { type DocumentRow, isUnderWay, type Limits, UPLOADED } from "./model";
import { Preview } from "./Preview";
import { Passages, Versions } from "./parts";
import { ReadersField } from "./ReadersField";
import { reasonOf } from "./UploadDialog";
import { enqueue } from "./upload_queue";

export interface DocumentDrawerProps {
  id: string;
  onClose: () => void;
  onChanged: () => void;
}

type Part = "overview" | "preview" | "passages" | "versions";

/** One document beside the list: what it is, original and text, passages, versions. */
export function DocumentDrawer({ id, onClose, onChanged }: DocumentDrawerProps) {
  const [part, setPart] = useState<Part>("overview");
  const [busy, setBusy] = useState(true);
  const live = useLive(`document ${id}`, () => api.get<DocumentRow>(`/v1/documents/${id}`), busy ? 1.5 : 8);
  const row = live.data;
  useEffect(() => setBusy(row ? isUnderWay(row.state) : true), [row?.state]);
  const remove = async () => {
    const question = { title: t.deleteTitle(1), text: t.deleteText, action: t.delete, danger: true };
    if (!(await confirm(question))) return;
    try {
      await api.delete(`/v1/documents/${id}`);
      toast(t.deleted(1));
      onClose();
      onChanged();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Drawer
      open
      title={row ? row.title || row.filename || row.key : "…"}
      onClose={onClose}
      actions={row && <IconButton icon="trash" label={t.delete} onClick={() => void remove()} />}
    >
      {live.error && !row && <ErrorState error={live.error} onRetry={() => void live.refresh()} />}
      {live.loading && <Skeleton lines={6} />}
      {row && (
        <Tabs
          label={t.title}
          value={part}
          onChange={setPart}
          tabs={[
            { value: "overview", label: t.overview, content: () => <Overview row={row} onChanged={live.refresh} /> },
            { value: "preview", label: t.preview, content: () => <Preview row={row} /> },
            { value: "passages", label: t.passages, count: row.chunks, content: () => <Passages row={row} /> },
            { value: "versions", label: t.versions, content: () => <Versions row={row} /> },
          ]}
        />
      )}
    </Drawer>
  );
}

function Overview({ row, onChanged }: { row: DocumentRow; onChanged: () => Promise<void> }) {
  const uploaded = row.source === UPLOADED;
  const metadata = Object.entries(row.metadata ?? {});
  return (
    <div class="f-stack">
      {row.reason && <Banner tone={row.state === "failed" ? "danger" : "warning"}>{row.reason}</Banner>}
      <dl class="a-facts">
        <dt>{t.state}</dt>
        <dd>
          <State row={row} />
        </dd>
        <dt>{t.source}</dt>
        <dd>{row.source}</dd>
        <dt>{t.key}</dt>
        <dd class="f-code">{row.key}</dd>
        {row.filename && (
          <>
            <dt>{t.file}</dt>
            <dd>
              {row.filename} · {formatBytes(row.size_bytes ?? 0)}
            </dd>
          </>
        )}
        <dt>{t.language}</dt>
        <dd>{row.language || "–"}</dd>
        <dt>{t.version}</dt>
        <dd class="f-number">{row.version ? formatNumber(row.version, { useGrouping: false }) : "–"}</dd>
        <dt>{t.updated}</dt>
        <dd>
          <DateTime at={row.updated_at} />
        </dd>
        {row.uploaded_by && (
          <>
            <dt>{t.uploadedBy}</dt>
            <dd>{row.uploaded_by}</dd>
          </>
        )}
      </dl>
      {uploaded ? <Editing row={row} onChanged={onChanged} /> : <Fixed row={row} />}
      {metadata.length > 0 && (
        <details>
          <summary>{t.metadata}</summary>
          <dl class="a-facts">
            {metadata.map(([name, value]) => (
              <>
                <dt key={name}>{name}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}

function Fixed({ row }: { row: DocumentRow }) {
  return (
    <>
      <div class="f-row f-row-wrap">
        {(row.readers ?? []).map((reader) => (
          <Badge key={reader}>{reader}</Badge>
        ))}
      </div>
      <p class="f-muted f-small">{t.fromSource(row.source)}</p>
    </>
  );
}

function Editing({ row, onChanged }: { row: DocumentRow; onChanged: () => Promise<void> }) {
  const [readers, setReaders] = useState<string[]>(row.readers ?? []);
  const [title, setTitle] = useState<string>();
  const [busy, setBusy] = useState(false);
  const dirty = title !== undefined || readers.join() !== (row.readers ?? []).join();
  const save = async () => {
    setBusy(true);
    try {
      await api.patch(`/v1/documents/${row.id}`, { readers, ...(title === undefined ? {} : { title }) });
      setTitle(undefined);
      toast(t.saved);
      await onChanged();
    } catch (error) {
      toastError(error);
    }
    setBusy(false);
  };
  return (
    <div class="f-form">
      <TextField label={t.name} hint={t.titleHint} value={title ?? row.title} onChange={setTitle} />
      <ReadersField value={readers} onChange={setReaders} error={readers.length === 0 ? t.needReaders : undefined} />
      <div class="f-row f-row-wrap">
        <Button look="primary" busy={busy} disabled={!dirty || readers.length === 0} onClick={() => void save()}>
          {t.save}
        </Button>
        <Replace row={row} />
      </div>
    </div>
  );
}

function Replace({ row }: { row: DocumentRow }) {
  const input = useRef<HTMLInputElement>(null);
  const limits = useLive("upload-limits", () => api.get<Limits>("/v1/upload-limits"));
  const take = (file: File | undefined) => {
    if (!file) return;
    const replaces = { filename: row.filename ?? file.name, key: row.key };
    enqueue([{ file, path: row.key }], { readers: row.readers ?? [], replaces }, (one) => reasonOf(one, limits.data));
    toast(t.replacing, "info");
  };
  return (
    <>
      <input
        ref={input}
        class="a-file-input"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      <Button icon="upload" onClick={() => input.current?.click()}>
        {t.replace}
      </Button>
    </>
  );
}
