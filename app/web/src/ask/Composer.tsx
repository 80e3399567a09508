import { useEffect, useRef } from "preact/hooks";
import { Banner, Button, IconButton, toast, toastError } from "../design";
import {
  ask,
  conversationId,
  draft,
  editing,
  isWithPerson,
  running,
  setDraft,
  standing,
  stop,
  stopEditing,
  turns,
} from "./conversation";
import { FilterBar } from "./FilterBar";
import { t } from "./messages";

const MOST = 8000;

/** Where one writes: filters above, the field, send or stop. */
export function Composer() {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (editing.value) field.current?.focus();
  }, [editing.value]);
  const send = () => {
    if (draft.value.length > MOST) toast(t.tooLong(MOST), "danger");
    else ask(draft.value);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      if (!running.value) send();
    }
    if (event.key === "Escape" && editing.value) {
      event.preventDefault();
      stopEditing();
    }
  };
  const last = turns.value.at(-1);
  const slot = last?.decision === "clarify" && !running.value ? last.slot : undefined;
  return (
    <div class="q-composer">
      <div class="q-column">
        {editing.value && (
          <Banner icon="edit" actions={<IconButton size="small" icon="close" label={t.cancel} onClick={stopEditing} />}>
            {t.editing}
          </Banner>
        )}
        <form
          class="q-field"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <textarea
            ref={field}
            rows={1}
            aria-label={t.question}
            placeholder={placeholder()}
            value={draft.value}
            enterkeyhint="send"
            inputMode={slot?.kind === "phone" ? "tel" : slot?.kind === "email" ? "email" : undefined}
            autoComplete={slot?.kind === "email" ? "email" : slot?.kind === "phone" ? "tel" : "off"}
            onInput={(event) => setDraft(event.currentTarget.value)}
            onKeyDown={pressed}
          />
          <div class="q-tools">
            <FilterBar />
            {running.value ? (
              <Button icon="stop" onClick={() => void stop().catch(toastError)}>
                {t.stop}
              </Button>
            ) : (
              <IconButton look="primary" type="submit" icon="arrow-up" label={t.send} disabled={!draft.value.trim()} />
            )}
          </div>
        </form>
        <p class="q-hint f-wide-only">{t.hint}</p>
      </div>
    </div>
  );
}

function placeholder(): string {
  if (isWithPerson.value) return t.toPerson(standing.value.agent ?? "");
  return conversationId.value && turns.value.length > 0 ? t.followUp : t.placeholder;
}
