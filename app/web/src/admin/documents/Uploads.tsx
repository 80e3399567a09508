import { Badge, Button, Card, IconButton, Progress, StatusDot, type Tone } from "../../design";
import { formatBytes, formatShare } from "../../lib/format";
import { t } from "./messages";
import { toneOf } from "./model";
import { cancel, clearDone, type Item, type ItemState, items, retry } from "./upload_queue";

const TONES: Record<ItemState, Tone> = {
  refused: "warning",
  waiting: "neutral",
  sending: "info",
  paused: "warning",
  working: "info",
  ready: "success",
  failed: "danger",
  cancelled: "neutral",
};

/** Every file on its way, with how far it is and why it failed. */
export function Uploads({ onOpen }: { onOpen: (documentId: string) => void }) {
  const all = items.value;
  if (all.length === 0) return null;
  const done = all.filter((item) => item.state === "ready").length;
  return (
    <Card
      flush
      title={`${t.uploads} · ${done}/${all.length}`}
      actions={
        <Button size="small" look="quiet" onClick={clearDone}>
          {t.clearDone}
        </Button>
      }
    >
      <ul class="a-uploads" aria-live="polite">
        {all.map((item) => (
          <UploadLine key={item.id} item={item} onOpen={onOpen} />
        ))}
      </ul>
    </Card>
  );
}

function UploadLine({ item, onOpen }: { item: Item; onOpen: (documentId: string) => void }) {
  const moving = item.state === "waiting" || item.state === "sending" || item.state === "paused";
  const id = item.document?.id;
  return (
    <li class="a-upload">
      <div>
        <div class="f-cut" data-tip={item.path || item.name}>
          {item.path || item.name}
        </div>
        <div class="f-small f-muted">
          {formatBytes(item.size)}
          {item.reason && <span> · {item.reason}</span>}
        </div>
      </div>
      <Standing item={item} />
      <div class="f-row">
        {moving && <IconButton size="small" icon="close" label={t.cancel} onClick={() => cancel(item.id)} />}
        {item.state === "failed" && (
          <IconButton size="small" icon="refresh" label={t.retry} onClick={() => retry(item.id)} />
        )}
        {id && !moving && (
          <Button size="small" look="quiet" onClick={() => onOpen(id)}>
            {t.open}
          </Button>
        )}
      </div>
    </li>
  );
}

function Standing({ item }: { item: Item }) {
  if (item.state === "sending") {
    const share = item.size ? item.sent / item.size : 0;
    return <Progress label={t.sending} value={share} note={formatShare(share)} />;
  }
  const { document } = item;
  if ((item.state === "working" || item.state === "ready") && document) {
    const { page, pages } = document.progress ?? {};
    const where = document.state === "parsing" && page && pages ? ` · ${t.page(page, pages)}` : "";
    return (
      <StatusDot tone={toneOf(document.state)} busy={item.state === "working"}>
        {t.stateOf(document.state)}
        {where}
      </StatusDot>
    );
  }
  return <Badge tone={TONES[item.state]}>{item.state === "failed" ? t.stateOf("failed") : wordOf(item.state)}</Badge>;
}

function wordOf(state: ItemState): string {
  if (state === "refused") return t.refused;
  if (state === "waiting") return t.waiting;
  if (state === "paused") return t.paused;
  return state === "cancelled" ? t.cancelled : t.working;
}
