import { useEffect, useRef } from "preact/hooks";
import {
  Badge,
  Button,
  confirm,
  DateTime,
  EmptyState,
  ErrorState,
  IconButton,
  Markdown,
  Skeleton,
  type Tone,
} from "../design";
import { grouped, numbers } from "../lib/citations";
import { formatShare } from "../lib/format";
import { navigate } from "../lib/router";
import { t } from "./messages";
import { clock, type Said, type Turn, timeline, type View } from "./model";
import { Reply } from "./Reply";
import { act, busy, now, openId, refresh, typing, view, viewError } from "./state";
import { customerName } from "./words";

/** The conversation in the middle: who has it, what was said and why, and the reply. */
export function Conversation() {
  const shown = view.value;
  if (!openId.value) {
    return (
      <section class="i-conversation" aria-label={t.conversation}>
        <EmptyState icon="headset" title={t.chooseTitle}>
          {t.chooseText}
        </EmptyState>
      </section>
    );
  }
  return (
    <section class="i-conversation" aria-label={t.conversation}>
      {viewError.value && !shown ? (
        <ErrorState error={viewError.value} onRetry={refresh} />
      ) : shown ? (
        <>
          <Head shown={shown} />
          <Thread shown={shown} />
          <Reply shown={shown} />
        </>
      ) : (
        <Skeleton lines={8} />
      )}
    </section>
  );
}

export async function closeConversation(): Promise<void> {
  if (await confirm({ title: t.closeTitle, text: t.closeText, action: t.close, danger: true })) await act("close");
}

function Head({ shown }: { shown: View }) {
  return (
    <header class="i-head">
      <IconButton class="i-narrow" icon="arrow-left" label={t.back} onClick={() => void navigate("/agent")} />
      <div class="f-grow">
        <h1 class="f-cut">{customerName(shown.owner_name)}</h1>
        <Standing shown={shown} />
      </div>
      {shown.mine ? (
        <>
          <Button busy={busy.value === "give-back"} onClick={() => void act("give-back")} aria-keyshortcuts="g">
            {t.giveBack}
          </Button>
          <Button busy={busy.value === "close"} onClick={() => void closeConversation()} aria-keyshortcuts="e">
            {t.close}
          </Button>
        </>
      ) : (
        ["waiting", "bot", "back"].includes(shown.state) && (
          <Button look="primary" busy={busy.value === "claim"} onClick={() => void act("claim")} aria-keyshortcuts="c">
            {t.claim}
          </Button>
        )
      )}
    </header>
  );
}

function Standing({ shown }: { shown: View }) {
  const left = shown.until ? clock((Date.parse(shown.until) - now.value) / 1000) : "";
  const [tone, words]: [Tone, string] =
    shown.state === "waiting"
      ? ["warning", t.stateWaiting]
      : shown.state === "agent"
        ? [shown.mine ? "success" : "info", shown.mine ? t.stateMine : t.has(shown.agent_name)]
        : ["neutral", shown.state === "closed" ? t.stateClosed : t.stateBot];
  return (
    <div class="f-row f-small">
      <Badge tone={tone}>{words}</Badge>
      {left && <span class="f-muted f-number f-cut">{shown.state === "agent" ? t.idle(left) : t.gives(left)}</span>}
    </div>
  );
}

function Thread({ shown }: { shown: View }) {
  const end = useRef<HTMLDivElement>(null);
  const said = timeline(shown);
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [shown.id, said.length, typing.value]);
  const read = shown.read.customer?.message_id;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="i-scroll i-thread" role="log" aria-live="polite" tabIndex={0} aria-label={t.conversation}>
      {shown.summary && (
        <aside class="i-summary">
          <h2>{t.summary}</h2>
          <p>{shown.summary}</p>
        </aside>
      )}
      {said.map((one) => (
        <Entry key={one.key} one={one} shown={shown} isRead={one.kind === "agent" && one.message.id === Number(read)} />
      ))}
      {typing.value && <p class="f-small f-muted">{t.typing(typing.value)}</p>}
      <div ref={end} />
    </div>
  );
}

function Entry({ one, shown, isRead }: { one: Said; shown: View; isRead: boolean }) {
  const who =
    one.kind === "agent" ? one.message.name : one.kind === "bot" ? t.assistant : customerName(shown.owner_name);
  return (
    <article class={`i-said i-said-${one.kind}`}>
      <header class="f-small f-muted">
        {who} · <DateTime at={one.at} form="short" />
        {isRead && ` · ${t.read}`}
      </header>
      {one.kind === "bot" ? (
        <>
          {one.turn.state === "running" ? <p class="f-muted">{t.answering}</p> : <Markdown text={one.turn.answer} />}
          <Why turn={one.turn} />
        </>
      ) : (
        <p class="i-words">{one.kind === "agent" ? one.message.text : one.turn.message}</p>
      )}
    </article>
  );
}

const TONES: Record<string, Tone> = { answered: "success", refused: "warning", blocked: "danger", handed_over: "info" };

/** How the assistant came to say it. */
function Why({ turn }: { turn: Turn }) {
  const names: Record<string, string> = {
    answered: t.decisions_answered,
    refused: t.decisions_refused,
    clarify: t.decisions_clarify,
    blocked: t.decisions_blocked,
    handed_over: t.decisions_handed_over,
  };
  return (
    <footer class="i-why f-small">
      {turn.decision && <Badge tone={TONES[turn.decision] ?? "neutral"}>{names[turn.decision] ?? turn.decision}</Badge>}
      {turn.confidence > 0 && <span class="f-muted">{t.confidence(formatShare(turn.confidence))}</span>}
      {turn.question && (
        <span class="f-muted">
          {t.searched}: {turn.question}
        </span>
      )}
      {grouped(turn.citations ?? [], (one) => one.title).map((group) => (
        <span key={group[0]?.marker} class="i-source" title={group.map((one) => one.quote).join("\n")}>
          [{numbers(group.map((one) => one.marker))}] {group[0]?.title}
        </span>
      ))}
    </footer>
  );
}
