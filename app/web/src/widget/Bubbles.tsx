import { useEffect, useRef, useState } from "preact/hooks";
import { grouped, numbers } from "../lib/citations";
import type { Chat } from "./chat";
import { Formatted } from "./Formatted";
import { safeUrl } from "./formatter";
import { Icon } from "./icons";
import type { Messages } from "./messages";
import type { Answer, Item, Mine, Source, Theirs } from "./turns";

interface Props {
  chat: Chat;
  t: Messages;
  items: Item[];
  /** Whether a person has the conversation, so that marks of reading are shown. */
  withPerson: boolean;
}

export function Bubbles({ chat, t, items, withPerson }: Props) {
  const lastMine = items.findLast((item) => item.kind === "mine");
  return (
    <>
      {items.map((item, at) => {
        if (item.kind === "mine")
          return <MyBubble key={item.id} item={item} t={t} marked={withPerson && item === lastMine} />;
        if (item.kind === "theirs") return <TheirBubble key={item.id} item={item} t={t} />;
        return <AnswerBubble key={item.id} answer={item} chat={chat} t={t} isLast={at === items.length - 1} />;
      })}
    </>
  );
}

function MyBubble({ item, t, marked }: { item: Mine; t: Messages; marked: boolean }) {
  return (
    <div class="w-row w-mine">
      <div class="w-bubble" data-state={item.state}>
        <span class="w-sr">{t.you}: </span>
        {item.text}
      </div>
      {marked && (item.state === "read" || item.state === "sent") && (
        <div class="w-mark">{item.state === "read" ? t.read : t.delivered}</div>
      )}
    </div>
  );
}

function TheirBubble({ item, t }: { item: Theirs; t: Messages }) {
  return (
    <div class="w-row w-theirs">
      <div class="w-name">{item.name}</div>
      <div class="w-bubble">
        <Formatted text={item.text} t={t} markers={[]} onMarker={() => {}} />
      </div>
    </div>
  );
}

function AnswerBubble({ answer, chat, t, isLast }: { answer: Answer; chat: Chat; t: Messages; isLast: boolean }) {
  const [open, setOpen] = useState(0);
  const card = useRef<HTMLDivElement>(null);
  const writing = answer.state === "writing";
  const source = answer.sources.find((one) => one.marker === open);
  useEffect(() => card.current?.focus(), [open]);
  return (
    <div class="w-row w-answer">
      <div class="w-bubble" aria-busy={writing}>
        <span class="w-sr">{t.assistant}: </span>
        {answer.text && (
          <Formatted text={spoken(answer)} t={t} markers={answer.sources.map((one) => one.marker)} onMarker={setOpen} />
        )}
        {writing && !answer.text && <Dots label={t.thinking} />}
        {writing && answer.text && <span class="w-caret" />}
        {answer.state === "broken" && <p class="w-muted">{t.broken}</p>}
        {answer.withdrawn && <p class="w-muted">{t.withdrawn}</p>}
        {isLast && answer.options.length > 0 && <Options chat={chat} options={answer.options} />}
      </div>
      {answer.sources.length > 0 && <Chips sources={answer.sources} open={open} setOpen={setOpen} t={t} />}
      {source && <Card source={source} t={t} onClose={() => setOpen(0)} focus={card} />}
      <Actions answer={answer} chat={chat} t={t} isLast={isLast} />
    </div>
  );
}

/** The answer without the numbered list of options, which stand below it as buttons. */
function spoken(answer: Answer): string {
  if (answer.options.length === 0) return answer.text;
  return answer.text
    .split("\n")
    .filter((line) => !answer.options.some((option, at) => line.trim() === `${at + 1}. ${option}`))
    .join("\n");
}

function Options({ chat, options }: { chat: Chat; options: string[] }) {
  return (
    <div class="w-options">
      {options.map((option) => (
        <button key={option} type="button" class="w-option" onClick={() => chat.send(option)}>
          {option}
        </button>
      ))}
    </div>
  );
}

/** A chip a document; it opens the first of its quotations, the markers in the text each their own. */
function Chips(props: { sources: Source[]; open: number; setOpen: (marker: number) => void; t: Messages }) {
  const groups = grouped(props.sources, (one) => `${one.title}\n${one.url}`).map((group) =>
    group.map((one) => one.marker),
  );
  const titles = new Map(props.sources.map((one) => [one.marker, one.title]));
  return (
    <div class="w-chips">
      <span class="w-sr">{props.t.sources(groups.length)}</span>
      {groups.map((markers) => {
        const [first = 0] = markers;
        const isOpen = markers.includes(props.open);
        return (
          <button
            key={first}
            type="button"
            class="w-chip"
            aria-expanded={isOpen}
            onClick={() => props.setOpen(isOpen ? 0 : first)}
          >
            <b>{numbers(markers)}</b>
            <span>{titles.get(first)}</span>
          </button>
        );
      })}
    </div>
  );
}

interface CardProps {
  source: Source;
  t: Messages;
  onClose: () => void;
  focus: { current: HTMLDivElement | null };
}

function Card({ source, t, onClose, focus }: CardProps) {
  const url = safeUrl(source.url);
  return (
    <section class="w-card" ref={focus} tabIndex={-1} aria-label={t.source(source.marker)}>
      <header>
        <Icon name="page" />
        <strong>{source.title}</strong>
        <button type="button" class="w-plain" aria-label={t.hideSource} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <blockquote>{source.quote}</blockquote>
      {url && (
        <a href={url} target="_blank" rel="noopener noreferrer nofollow">
          {t.openSource} <Icon name="link" />
        </a>
      )}
    </section>
  );
}

function Actions({ answer, chat, t, isLast }: { answer: Answer; chat: Chat; t: Messages; isLast: boolean }) {
  if (answer.state === "broken" && isLast)
    return (
      <button type="button" class="w-option" onClick={() => chat.again(answer)}>
        <Icon name="again" /> {t.askAgain}
      </button>
    );
  if (answer.state !== "done" || (answer.decision !== "answered" && answer.decision !== "refused")) return null;
  return (
    <div class="w-rate">
      {([1, -1] as const).map((rating) => (
        <button
          key={rating}
          type="button"
          class="w-plain"
          aria-label={rating > 0 ? t.helpful : t.notHelpful}
          aria-pressed={answer.rating === rating}
          onClick={() => void chat.rate(answer, rating)}
        >
          <Icon name={rating > 0 ? "up" : "down"} />
        </button>
      ))}
      {answer.rating !== 0 && <span class="w-muted">{t.thanks}</span>}
    </div>
  );
}

export function Dots({ label }: { label: string }) {
  return (
    <span class="w-dots">
      <i />
      <i />
      <i />
      <span>{label}</span>
    </span>
  );
}
