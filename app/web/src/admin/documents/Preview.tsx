import { useEffect, useState } from "preact/hooks";
import { Banner, Button, EmptyState, ErrorState, Markdown, Pagination, Skeleton, toastError } from "../../design";
import { address, api } from "../../lib/api";
import { useLive } from "../../lib/live";
import { t } from "./messages";
import { type DocumentRow, previewOf } from "./model";

const MOST_CHARACTERS = 200_000;

/** The original beside what was read of it. */
export function Preview({ row }: { row: DocumentRow }) {
  return (
    <div class="a-two">
      <section class="f-stack f-stack-tight">
        <h3>{t.original}</h3>
        {row.filename ? <Original row={row} /> : <p class="f-muted">{t.noOriginal}</p>}
      </section>
      <section class="f-stack f-stack-tight">
        <h3>{t.parsed}</h3>
        <Parsed row={row} />
      </section>
    </div>
  );
}

function Parsed({ row }: { row: DocumentRow }) {
  const key = `parsed ${row.id} ${row.version}`;
  const live = useLive(key, () => api.get<string>(`/v1/documents/${row.id}/text`));
  if (live.data !== undefined) {
    return (
      <div class="a-original">
        <Markdown text={live.data.slice(0, MOST_CHARACTERS)} />
      </div>
    );
  }
  if (!live.error) return <Skeleton lines={8} />;
  return live.error.status === 404 ? <Unreadable /> : <ErrorState error={live.error} onRetry={live.refresh} />;
}

/** Said where the text is for its readers only. */
export function Unreadable() {
  return (
    <Banner tone="info" icon="lock">
      {t.notReader}
    </Banner>
  );
}

function Original({ row }: { row: DocumentRow }) {
  const kind = previewOf(row);
  return (
    <>
      {kind === "image" && <Picture row={row} />}
      {kind === "pages" && <Pages row={row} />}
      {kind === "text" && <PlainText row={row} />}
      {kind === "none" && <EmptyState icon="document" title={t.noPreview} />}
      <div>
        <Button size="small" icon="download" onClick={() => void save(row)}>
          {t.download}
        </Button>
      </div>
    </>
  );
}

function Picture({ row }: { row: DocumentRow }) {
  const [url, setUrl] = useState("");
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let made = "";
    originalOf(row).then(
      (blob) => {
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      () => setFailed(true),
    );
    return () => URL.revokeObjectURL(made);
  }, [row.id, row.revision]);
  if (failed) return <Unreadable />;
  return <div class="a-original">{url ? <img src={url} alt={row.filename} /> : <Skeleton lines={4} />}</div>;
}

function Pages({ row }: { row: DocumentRow }) {
  const [page, setPage] = useState(1);
  const [failed, setFailed] = useState(false);
  const pages = Number(row.metadata?.pages ?? row.progress?.pages ?? 1) || 1;
  const src = address(`/v1/documents/${row.id}/pages/${page}`, { width: 900, version: row.version || undefined });
  if (failed) return <Unreadable />;
  return (
    <>
      <div class="a-original">
        <img src={src} alt={t.onPage(page)} onError={() => setFailed(true)} />
      </div>
      {pages > 1 && <Pagination page={page} pages={pages} onChange={setPage} />}
    </>
  );
}

function PlainText({ row }: { row: DocumentRow }) {
  const key = `original ${row.id} ${row.revision}`;
  const live = useLive(key, async () => (await originalOf(row)).slice(0, MOST_CHARACTERS).text());
  if (live.error) return live.error.status === 404 ? <Unreadable /> : <ErrorState error={live.error} />;
  return live.data === undefined ? <Skeleton lines={8} /> : <pre class="a-original f-small">{live.data}</pre>;
}

async function originalOf(row: DocumentRow): Promise<Blob> {
  return (await api.raw("GET", `/v1/documents/${row.id}/original`, undefined, { timeoutSeconds: 120 })).blob();
}

async function save(row: DocumentRow): Promise<void> {
  try {
    const url = URL.createObjectURL(await originalOf(row));
    const link = Object.assign(document.createElement("a"), { href: url, download: row.filename ?? "" });
    link.click();
    URL.revokeObjectURL(url);
  } catch (error) {
    toastError(error);
  }
}
