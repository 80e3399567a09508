import { useEffect, useRef } from "preact/hooks";
import { Markdown } from "../design";
import { t } from "./messages";
import type { Turn } from "./model";
import { hidePreview, preview } from "./Preview";
import { show, shown } from "./panel";

/** The answer; its markers show their quote under the pointer and open the source. */
export function AnswerText({ turn }: { turn: Turn }) {
  const place = useRef<HTMLDivElement>(null);
  const find = (marker: number) => turn.citations.find((one) => one.marker === marker);
  const current = shown.value?.turnId === turn.turn_id ? shown.value.citation.marker : 0;
  useEffect(() => {
    for (const chip of place.current?.querySelectorAll<HTMLButtonElement>(".f-cite") ?? []) {
      const citation = find(Number(chip.dataset.marker));
      chip.disabled = !citation;
      if (citation) chip.setAttribute("aria-label", t.source(citation.marker, citation.title));
      chip.setAttribute("aria-current", String(citation?.marker === current));
    }
  });
  const over = (event: Event) => {
    const chip = (event.target as Element).closest<HTMLElement>(".f-cite");
    if (chip) preview(find(Number(chip.dataset.marker)), chip);
  };
  const handlers = { onMouseOver: over, onFocusIn: over, onMouseOut: hidePreview, onFocusOut: hidePreview };
  return (
    <div ref={place} class={turn.state === "running" ? "q-text q-text-running" : "q-text"} {...handlers}>
      <Markdown
        text={turn.answer}
        onMarker={(marker) => {
          const citation = find(marker);
          hidePreview();
          if (citation) show(citation, turn.turn_id);
        }}
      />
    </div>
  );
}
