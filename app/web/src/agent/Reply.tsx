import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Badge, Banner, Button, Markdown, TextArea, toast, toastError } from "../design";
import { drafts } from "../lib/store";
import { t } from "./messages";
import { type Suggestion, type View, withoutMarkers } from "./model";
import { busy, send, suggestions, tellTyping } from "./state";

export const REPLY = "i-reply";

/** Where the agent answers; the draft of each conversation is kept. */
export function Reply({ shown }: { shown: View }) {
  const text = useSignal(drafts.read(`agent.${shown.id}`));
  const offered = useSignal<Suggestion[]>([]);
  const asking = useSignal(false);
  useEffect(() => {
    text.value = drafts.read(`agent.${shown.id}`);
    offered.value = [];
  }, [shown.id]);
  if (!shown.mine) return shown.state === "closed" ? null : <p class="i-reply f-muted">{t.toReply}</p>;
  const write = (next: string) => {
    text.value = next;
    drafts.write(`agent.${shown.id}`, next);
  };
  const submit = async () => {
    const words = text.value.trim();
    if (!words || busy.value) return;
    if (await send(words)) {
      write("");
      offered.value = [];
    }
  };
  const suggest = async () => {
    asking.value = true;
    try {
      offered.value = await suggestions();
      if (offered.value.length === 0) toast(t.noSuggestion, "info");
    } catch (error) {
      toastError(error);
    }
    asking.value = false;
  };
  return (
    <form
      class="i-reply"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {offered.value.map((one) => (
        <Offer
          key={one.text}
          one={one}
          onInsert={() => {
            write(text.value ? `${text.value}\n${withoutMarkers(one.text)}` : withoutMarkers(one.text));
            offered.value = [];
            document.querySelector<HTMLElement>(`.${REPLY} textarea`)?.focus();
          }}
        />
      ))}
      <TextArea
        label={t.reply}
        labelHidden
        grows
        maxLength={8000}
        placeholder={t.replyHint}
        value={text.value}
        onChange={(next) => {
          write(next);
          tellTyping();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void submit();
        }}
      />
      <div class="f-row">
        <Button size="small" look="quiet" icon="sparkle" busy={asking.value} onClick={() => void suggest()}>
          {t.suggest}
        </Button>
        <span class="f-grow" />
        <Button type="submit" look="primary" icon="send" busy={busy.value === "reply"} disabled={!text.value.trim()}>
          {t.send}
        </Button>
      </div>
    </form>
  );
}

function Offer({ one, onInsert }: { one: Suggestion; onInsert: () => void }) {
  const isInternal = one.citations.some((citation) => citation.customer_may_read === false);
  return (
    <section class="i-offer" aria-label={t.suggestion}>
      <header class="f-row">
        <span class="f-strong f-small f-grow">{t.suggestion}</span>
        <Button size="small" onClick={onInsert}>
          {t.insert}
        </Button>
      </header>
      {isInternal && <Banner tone="warning">{t.internalHint}</Banner>}
      <Markdown text={one.text} />
      <footer class="i-why f-small">
        {one.citations.map((citation) => (
          <span key={citation.marker} class="i-source" title={citation.quote}>
            [{citation.marker}] {citation.title}{" "}
            {citation.customer_may_read === false && <Badge tone="warning">{t.internal}</Badge>}
          </span>
        ))}
      </footer>
    </section>
  );
}
