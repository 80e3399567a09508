import "./evidence.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { Banner, Button, EmptyState, ErrorState, IconButton, LinkButton, Skeleton } from "../design";
import { address, api } from "../lib/api";
import { useLive } from "../lib/live";
import { Fields, MarkedText } from "./EvidenceText";
import { recordOf } from "./evidence";
import { t } from "./messages";
import type { Citation } from "./model";
import { PdfPage } from "./PdfPage";
import { closePanel, shown } from "./panel";

interface Texts {
  cited: string;
  newest: string;
}

/** The source that was pressed, at the exact words of the exact version. */
export function EvidencePanel() {
  const now = shown.value;
  const panel = useRef<HTMLElement>(null);
  const id = now ? `${now.turnId}-${now.citation.marker}` : "";
  useEffect(() => {
    if (id) panel.current?.focus();
  }, [id]);
  if (!now) return null;
  const { citation } = now;
  return (
    <aside ref={panel} class="q-panel" aria-label={t.source(citation.marker, citation.title)} tabIndex={-1}>
      <header class="q-panel-head">
        <div class="f-grow">
          <h2 class="f-cut">{citation.title || citation.key}</h2>
          <p class="f-small f-muted f-cut">
            {[citation.source === "files" ? t.files : citation.source, citation.heading].filter(Boolean).join(" · ")}
          </p>
        </div>
        <IconButton icon="close" label={t.closePanel} onClick={closePanel} />
      </header>
      <Evidence key={id} citation={citation} />
    </aside>
  );
}

function Evidence({ citation }: { citation: Citation }) {
  const [isNewest, setNewest] = useState(false);
  const [asText, setAsText] = useState(false);
  const path = `/v1/documents/${citation.document_id}`;
  const texts = useLive<Texts>(`evidence-${citation.document_id}-${citation.version}`, async (signal) => {
    const read = async (version?: number) =>
      (await api.raw("GET", `${path}/text`, undefined, { query: { version }, signal })).text();
    const [cited, newest] = await Promise.all([read(citation.version), read()]);
    return { cited, newest };
  });
  if (texts.error && !texts.data) {
    if (texts.error.status !== 404) return <ErrorState error={texts.error} onRetry={() => void texts.refresh()} />;
    return (
      <EmptyState icon="lock" title={t.goneTitle}>
        {t.goneText}
      </EmptyState>
    );
  }
  if (!texts.data) return <Skeleton lines={6} />;
  const isOld = texts.data.cited !== texts.data.newest;
  const mayBePdf = citation.source === "files" && citation.page > 0 && !isOld;
  const text = isNewest ? texts.data.newest : texts.data.cited;
  const span = isNewest ? { start: 0, end: 0 } : { start: citation.start, end: citation.end };
  const record = citation.source === "files" ? null : recordOf(text, span);
  const switchVersion = (
    <Button size="small" onClick={() => setNewest(!isNewest)}>
      {isNewest ? t.seeCited : t.seeNewest}
    </Button>
  );
  return (
    <div class="q-panel-body">
      {isOld && (
        <Banner tone="warning" icon="history" actions={switchVersion}>
          {t.newer}
        </Banner>
      )}
      <div class="f-row f-row-wrap">
        {mayBePdf && (
          <Button size="small" icon={asText ? "document" : "list"} onClick={() => setAsText(!asText)}>
            {asText ? t.pageView : t.textView}
          </Button>
        )}
        {citation.source === "files" && (
          <LinkButton look="quiet" size="small" icon="download" href={address(`${path}/original`)} download>
            {t.openOriginal}
          </LinkButton>
        )}
        {/^https?:\/\//i.test(citation.url) && (
          <LinkButton
            look="quiet"
            size="small"
            icon="external"
            href={citation.url}
            target="_blank"
            rel="noopener noreferrer"
          >
            {t.openUrl}
          </LinkButton>
        )}
      </div>
      {mayBePdf && !asText ? (
        <PdfPage citation={citation} onMissing={() => setAsText(true)} />
      ) : record ? (
        <Fields record={record} />
      ) : (
        <MarkedText text={text} cited={span} />
      )}
    </div>
  );
}
