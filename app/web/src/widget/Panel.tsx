import { useEffect, useRef, useState } from "preact/hooks";
import { Bubbles, Dots } from "./Bubbles";
import { Composer } from "./Composer";
import type { Chat, ChatState, Trouble } from "./chat";
import { keepFocusWithin, keepHeight } from "./focus";
import { Icon } from "./icons";
import { Menu } from "./Menu";
import type { Language, Messages } from "./messages";
import type { Kept } from "./storage";

export interface PanelProps {
  chat: Chat;
  state: ChatState;
  t: Messages;
  language: Language;
  onLanguage: (language: Language) => void;
  questions: string[];
  tab: Kept;
  onClose: () => void;
}

export function Panel(props: PanelProps) {
  const { chat, state, t, language, onClose, tab } = props;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => (panel.current ? keepFocusWithin(panel.current, onClose) : undefined), []);
  useEffect(() => (panel.current ? keepHeight(panel.current) : undefined), []);
  const last = state.items.at(-1);
  const slot = last?.kind === "answer" && last.state === "done" ? last.slot : null;
  return (
    <section ref={panel} class="w-panel" role="dialog" aria-label={t.title} lang={language === "zh" ? "zh-CN" : "en"}>
      <Head {...props} />
      <Log {...props} />
      <Notice trouble={state.trouble} t={t} onRetry={() => chat.retry()} />
      <Composer
        chat={chat}
        t={t}
        tab={tab}
        slot={slot}
        agent={state.standing.state === "agent" ? state.standing.agent : ""}
        disabled={!state.visit}
      />
    </section>
  );
}

function Head({ chat, state, t, language, onLanguage, onClose }: PanelProps) {
  const { visit, standing } = state;
  const talking = standing.state === "agent";
  return (
    <header class="w-head">
      <span class="w-face" data-person={talking}>
        {talking ? standing.agent.slice(0, 1).toUpperCase() : <Icon name="chat" />}
      </span>
      <div class="w-titles">
        <h2>{visit?.site || t.title}</h2>
        <p>
          <i class="w-lamp" data-on={talking || (visit?.open ?? false)} />
          {talking ? t.joined(standing.agent) : hours(visit, t, language)}
        </p>
      </div>
      <Menu chat={chat} t={t} language={language} onLanguage={onLanguage} />
      <button type="button" class="w-plain" aria-label={t.close} onClick={onClose}>
        <Icon name="close" />
      </button>
    </header>
  );
}

function hours(visit: ChatState["visit"], t: Messages, language: Language): string {
  if (!visit) return "\u00a0";
  if (visit.open) return t.openNow;
  if (!visit.opens_at) return t.closedNow;
  const when = new Date(visit.opens_at);
  const near = when.getTime() - Date.now() < 6 * 86_400_000;
  const shown = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    ...(near ? { weekday: "short" } : { day: "numeric", month: "short" }),
    hour: "2-digit",
    minute: "2-digit",
  });
  return `${t.closedNow} · ${t.opensAt(shown.format(when))}`;
}

function Log({ chat, state, t, language, questions }: PanelProps) {
  const log = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const { visit, items, standing, typing } = state;
  const last = items.at(-1);
  const grown = `${items.length} ${last?.text.length ?? 0} ${typing} ${standing.state} ${last?.kind === "answer" ? last.state : ""}`;
  const toEnd = () => log.current?.scrollTo({ top: log.current.scrollHeight });
  useEffect(() => {
    if (!away || last?.kind === "mine") toEnd();
    if (!document.hidden) chat.seen();
  }, [grown]);
  const closed = visit && !visit.open ? visit.closed_text[language] : "";
  return (
    <div class="w-body">
      <div
        ref={log}
        class="w-log"
        role="log"
        aria-label={t.log}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={() => {
          const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = log.current ?? {};
          setAway(scrollHeight - scrollTop - clientHeight > 80);
        }}
      >
        {closed && (
          <p class="w-closed">
            <Icon name="wait" /> {closed}
          </p>
        )}
        {visit ? (
          <div class="w-row w-answer">
            <div class="w-bubble">{visit.greeting[language]}</div>
          </div>
        ) : (
          !state.trouble && <Loading label={t.reconnecting} />
        )}
        {visit && items.length === 0 && questions.length > 0 && (
          <div class="w-options w-first">
            {questions.map((one) => (
              <button key={one} type="button" class="w-option" onClick={() => chat.send(one)}>
                {one}
              </button>
            ))}
          </div>
        )}
        <Bubbles chat={chat} t={t} items={items} withPerson={standing.state === "agent"} />
        <Line standing={standing} typing={typing} t={t} joined={last?.kind === "theirs" || last?.kind === "mine"} />
      </div>
      {away && (
        <button type="button" class="w-newest" aria-label={t.newMessages} onClick={toEnd}>
          <Icon name="down_arrow" />
        </button>
      )}
      <div class="w-sr" role="status" aria-live="polite">
        {announced(state, t)}
      </div>
    </div>
  );
}

/** What a screen reader says: whole answers and messages, not each word of the stream. */
function announced({ items, standing, typing }: ChatState, t: Messages): string {
  const last = items.at(-1);
  if (typing) return t.typing(typing);
  if (last?.kind === "theirs") return `${last.name}: ${last.text}`;
  if (last?.kind === "answer") return last.state === "writing" ? t.thinking : `${t.assistant}: ${last.text}`;
  return standing.state === "waiting" ? t.waiting(standing.position) : "";
}

interface LineProps {
  standing: ChatState["standing"];
  typing: string;
  t: Messages;
  /** Whether the person has been talked to already: the head of the panel says who it is. */
  joined: boolean;
}

function Line({ standing, typing, t, joined }: LineProps) {
  if (typing)
    return (
      <div class="w-row w-theirs">
        <Dots label={t.typing(typing)} />
      </div>
    );
  const said = {
    bot: "",
    waiting: t.waiting(standing.position),
    agent: joined ? "" : t.joined(standing.agent),
    back: t.back,
    closed: t.closed,
  }[standing.state];
  if (!said) return null;
  return (
    <p class="w-line" data-state={standing.state}>
      <Icon name={standing.state === "waiting" ? "wait" : standing.state === "agent" ? "person" : "chat"} /> {said}
    </p>
  );
}

function Loading({ label }: { label: string }) {
  return (
    <div class="w-loading" aria-busy="true">
      <span class="w-sr">{label}</span>
      <i />
      <i />
    </div>
  );
}

const MENDED_BY_RETRY: readonly Trouble[] = ["unavailable", "offline"];

function Notice({ trouble, t, onRetry }: { trouble: Trouble; t: Messages; onRetry: () => void }) {
  if (!trouble) return null;
  const said = typeof trouble === "object" ? t.tooMany(trouble.seconds) : t[trouble];
  return (
    <div class="w-notice" role="alert">
      <span>{said}</span>
      {MENDED_BY_RETRY.includes(trouble) && (
        <button type="button" class="w-button" onClick={onRetry}>
          {t.retry}
        </button>
      )}
    </div>
  );
}
