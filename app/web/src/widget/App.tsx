import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Chat } from "./chat";
import { Icon } from "./icons";
import { type Language, MESSAGES } from "./messages";
import { languageOf, type Options } from "./options";
import { Panel } from "./Panel";
import type { Kept } from "./storage";

export interface Handle {
  setOpen: (open: boolean) => void;
}

interface Props {
  chat: Chat;
  options: Options;
  kept: Kept;
  tab: Kept;
  /** Given to the page's own calls. */
  onReady: (handle: Handle) => void;
}

export function App({ chat, options, kept, tab, onReady }: Props) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [open, setOpen] = useState(() => tab.read("open") === "yes");
  const [chosen, setChosen] = useState(() => kept.read("language"));
  const [unread, setUnread] = useState(0);
  const launcher = useRef<HTMLButtonElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const language = languageOf(options, chosen, document.documentElement.lang, navigator.language);
  const t = MESSAGES[language];
  const count = chat.state.items.filter((item) => item.kind === "theirs").length;

  const show = (wanted: boolean) => {
    tab.write("open", wanted ? "yes" : "");
    setOpen(wanted);
    setUnread(0);
    if (wanted) void chat.start();
    else requestAnimationFrame(() => launcher.current?.focus());
  };
  useEffect(() => {
    chat.onChange = () => redraw(undefined);
    onReady({ setOpen: show });
    if (open || chat.hasConversation) void chat.start();
  }, []);
  useEffect(() => {
    if (!open && count > 0) setUnread((before) => before + 1);
  }, [count]);
  useEffect(() => {
    if (open) root.current?.querySelector<HTMLElement>("textarea")?.focus();
  }, [open, chat.state.visit !== null]);
  const change = (wanted: Language) => {
    kept.write("language", wanted);
    setChosen(wanted);
  };
  return (
    <div ref={root} class="w-root" data-open={open}>
      {open && (
        <Panel
          chat={chat}
          state={chat.state}
          t={t}
          language={language}
          onLanguage={change}
          questions={options.questions[language]}
          tab={tab}
          onClose={() => show(false)}
        />
      )}
      <button
        ref={launcher}
        type="button"
        class="w-launcher"
        aria-label={open ? t.close : t.open}
        aria-expanded={open}
        onClick={() => show(!open)}
      >
        <Icon name={open ? "close" : "chat"} />
        {!open && unread > 0 && <span class="w-unread">{unread}</span>}
      </button>
    </div>
  );
}
