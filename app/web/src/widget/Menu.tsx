import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "./chat";
import { Icon } from "./icons";
import type { Language, Messages } from "./messages";

interface Props {
  chat: Chat;
  t: Messages;
  language: Language;
  onLanguage: (language: Language) => void;
}

/** The language, the transcript, and starting over. */
export function Menu({ chat, t, language, onLanguage }: Props) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    setAsking(false);
    setFailed(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (open) place.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [open, asking]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => move(event, open, close);
    place.current?.addEventListener("keydown", listen);
    return () => place.current?.removeEventListener("keydown", listen);
  });
  const save = async () => {
    try {
      download(await chat.transcript());
      close();
    } catch {
      setFailed(true);
    }
  };
  return (
    <div class="w-menu" ref={place}>
      <button
        ref={button}
        type="button"
        class="w-plain"
        aria-label={t.menu}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => (open ? close() : setOpen(true))}
      >
        <Icon name="more" />
      </button>
      {open && (
        <div class="w-items" role="menu" aria-label={asking ? t.startOverAsk : t.menu}>
          {asking && <p>{t.startOverAsk}</p>}
          {!asking && (
            <Entry icon="globe" onClick={() => [onLanguage(language === "zh" ? "en" : "zh"), close()]}>
              {t.switchLanguage}
            </Entry>
          )}
          {!asking && chat.canSave && (
            <Entry icon="save" onClick={() => void save()}>
              {failed ? t.noTranscript : t.transcript}
            </Entry>
          )}
          {!asking && (
            <Entry icon="again" onClick={() => (chat.canSave ? setAsking(true) : close())}>
              {t.startOver}
            </Entry>
          )}
          {asking && (
            <Entry icon="again" onClick={() => [chat.startOver(), close()]}>
              {t.yes}
            </Entry>
          )}
          {asking && (
            <Entry icon="close" onClick={close}>
              {t.no}
            </Entry>
          )}
        </div>
      )}
    </div>
  );
}

function Entry(props: { icon: "globe" | "save" | "again" | "close"; onClick: () => void; children: string }) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} onClick={props.onClick}>
      <Icon name={props.icon} /> {props.children}
    </button>
  );
}

function move(event: KeyboardEvent, open: boolean, close: () => void): void {
  if (!open) return;
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf((event.target as HTMLElement).closest("[role=menuitem]") as HTMLElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) items[(at + step + items.length) % items.length]?.focus();
  else if (event.key === "Home") items[0]?.focus();
  else if (event.key === "End") items.at(-1)?.focus();
  else if (event.key === "Escape") close();
  else {
    if (event.key === "Tab") close();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function download(blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "conversation.eml";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
