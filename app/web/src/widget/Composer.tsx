import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "./chat";
import { Icon } from "./icons";
import type { Messages } from "./messages";
import type { Kept } from "./storage";
import type { Slot } from "./turns";

interface Props {
  chat: Chat;
  t: Messages;
  tab: Kept;
  slot: Slot | null;
  agent: string;
  disabled: boolean;
}

/** Where one writes: what was asked for with a fitting input, and always a free message. */
export function Composer({ chat, t, tab, slot, agent, disabled }: Props) {
  const [words, setWords] = useState(() => tab.read("draft"));
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => tab.write("draft", words), [words]);
  useEffect(() => grow(area.current), [words]);
  const send = (event?: Event) => {
    event?.preventDefault();
    if (chat.send(words)) setWords("");
    area.current?.focus();
  };
  const label = agent ? t.placeholderAgent(agent) : t.placeholder;
  return (
    <div class="w-compose">
      {slot && !disabled && <SlotForm key={slot.name} slot={slot} t={t} onSend={(value) => chat.send(value)} />}
      <form onSubmit={send}>
        <textarea
          ref={area}
          class="w-input"
          rows={1}
          maxLength={8000}
          aria-label={label}
          placeholder={label}
          value={words}
          disabled={disabled}
          onInput={(event) => {
            setWords(event.currentTarget.value);
            chat.writing();
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
          }}
        />
        <button
          type="submit"
          class="w-send"
          aria-label={t.send}
          disabled={disabled || !words.trim() || chat.state.busy}
        >
          <Icon name="send" />
        </button>
      </form>
    </div>
  );
}

const TYPES: Record<
  string,
  { type: "text" | "date" | "email" | "tel"; inputMode?: "email" | "tel" | "text"; autocomplete: string }
> = {
  date: { type: "date", autocomplete: "off" },
  email: { type: "email", inputMode: "email", autocomplete: "email" },
  phone: { type: "tel", inputMode: "tel", autocomplete: "tel" },
  contact: { type: "text", inputMode: "email", autocomplete: "email" },
  pattern: { type: "text", autocomplete: "off" },
};

function SlotForm({ slot, t, onSend }: { slot: Slot; t: Messages; onSend: (value: string) => boolean }) {
  const [value, setValue] = useState("");
  const input = TYPES[slot.kind] ?? { type: "text" as const, autocomplete: "off" };
  const texts = t as unknown as Record<string, string>;
  const label = texts[`slot_${slot.name}`] ?? texts[`slot_${slot.kind}`] ?? t.slot_pattern;
  const hint = texts[`hint_${slot.name}`] ?? texts[`hint_${slot.kind}`] ?? "";
  return (
    <form
      class="w-slot"
      onSubmit={(event) => {
        event.preventDefault();
        if (value.trim()) onSend(value.trim());
      }}
    >
      <label>
        <span>{label}</span>
        <input
          class="w-input"
          {...(input as object)}
          value={value}
          required
          maxLength={200}
          aria-describedby={hint ? "w-hint" : undefined}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="w-button">
        {t.send}
      </button>
      {hint && <small id="w-hint">{hint}</small>}
    </form>
  );
}

/** As high as its text, up to what the style sheet allows. */
function grow(area: HTMLTextAreaElement | null): void {
  if (!area) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
