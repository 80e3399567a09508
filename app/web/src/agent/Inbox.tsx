import { useSignal } from "@preact/signals";
import {
  Badge,
  Banner,
  Button,
  EmptyState,
  ErrorState,
  Icon,
  IconButton,
  Menu,
  Skeleton,
  TextField,
  toast,
} from "../design";
import { href } from "../lib/paths";
import { notices, sound, wantNotices } from "./alerts";
import { t } from "./messages";
import { clock, type Line } from "./model";
import { connection, found, inbox, inboxError, listenToInbox, now, openId, ordered, search } from "./state";
import { customerName, reasonWords } from "./words";

const STEP = 60;

/** The list on the left: mine, who waits, and who is with colleagues. */
export function Inbox() {
  return (
    <section class="i-inbox" aria-label={t.title}>
      <header class="i-inbox-head">
        <TextField
          class="f-grow"
          label={t.search}
          labelHidden
          type="search"
          icon="search"
          placeholder={t.searchHint}
          value={search.value}
          onChange={(text) => {
            search.value = text;
          }}
        />
        <Alerts />
      </header>
      {connection.value === "waiting" && inbox.value && <Banner tone="warning">{t.lost}</Banner>}
      <div class="i-scroll">
        <Lists />
      </div>
      <footer class="i-keys f-small f-muted">{t.keys}</footer>
    </section>
  );
}

function Alerts() {
  const items = [
    {
      label: t.sound,
      checked: sound.value,
      onSelect: () => {
        sound.value = !sound.value;
      },
    },
    {
      label: t.notify,
      checked: notices.value,
      onSelect: async () => {
        if (notices.value) notices.value = false;
        else if (!(await wantNotices())) toast(t.notifyBlocked, "info");
      },
    },
  ];
  return <Menu items={items} button={(open) => <IconButton {...open} icon="bell" label={t.alerts} />} />;
}

function Lists() {
  if (inboxError.value) return <ErrorState error={inboxError.value} onRetry={listenToInbox} />;
  if (!inbox.value) return <Skeleton lines={6} />;
  if (ordered.value.length === 0) {
    return search.value ? (
      <EmptyState icon="search" title={t.noMatchTitle}>
        {t.noMatchText}
      </EmptyState>
    ) : (
      <EmptyState icon="inbox" title={t.nobodyTitle}>
        {t.nobodyText}
      </EmptyState>
    );
  }
  return (
    <>
      <Section title={t.mine} lines={found.value.mine} />
      <Section title={t.waiting} lines={found.value.waiting} />
      <Section title={t.others} lines={found.value.others} />
    </>
  );
}

function Section({ title, lines }: { title: string; lines: readonly Line[] }) {
  const shown = useSignal(STEP);
  if (lines.length === 0) return null;
  const left = lines.length - shown.value;
  return (
    <section aria-label={title}>
      <h2 class="i-section">
        {title} <span class="f-muted f-number">{lines.length}</span>
      </h2>
      <ul>
        {lines.slice(0, shown.value).map((line) => (
          <Row key={line.id} line={line} />
        ))}
      </ul>
      {left > 0 && (
        <Button
          look="quiet"
          size="small"
          onClick={() => {
            shown.value += STEP;
          }}
        >
          {t.more(Math.min(left, STEP))}
        </Button>
      )}
    </section>
  );
}

function Row({ line }: { line: Line }) {
  return (
    <li>
      <a class="i-row" href={href(`/agent/${line.id}`)} aria-current={line.id === openId.value ? "true" : undefined}>
        <span class="f-row">
          <span class="f-strong f-cut f-grow">{customerName(line.owner_name)}</span>
          {line.unread > 0 && (
            <Badge tone="accent">
              <span aria-hidden="true">{line.unread}</span>
              <span class="f-hidden-text">{t.unread(line.unread)}</span>
            </Badge>
          )}
          {line.state === "waiting" && <Waits since={line.state_since} />}
        </span>
        <span class="f-cut f-small">{line.last_message || line.title}</span>
        <span class="f-cut f-small f-muted">
          {line.state === "waiting" ? reasonWords(line.reason) : line.mine ? line.title : t.has(line.agent_name)}
        </span>
      </a>
    </li>
  );
}

function Waits({ since }: { since: string }) {
  const seconds = (now.value - Date.parse(since)) / 1000;
  return (
    <span class={`i-waits f-small f-number ${seconds > 180 ? "i-waits-long" : ""}`}>
      <Icon name="clock" size={13} />
      <span class="f-hidden-text">{t.waits(clock(seconds))}</span>
      <span aria-hidden="true">{clock(seconds)}</span>
    </span>
  );
}
