import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { place } from "../design/place";
import { t } from "./messages";
import type { Citation } from "./model";

const previewed = signal<{ citation: Citation; anchor: Element } | null>(null);

/** Show the quote of a citation above its marker while the pointer or the focus is there. */
export function preview(citation: Citation | undefined, anchor: Element): void {
  previewed.value = citation ? { citation, anchor } : null;
}

export function hidePreview(): void {
  previewed.value = null;
}

export function PreviewHost() {
  const box = useRef<HTMLDivElement>(null);
  const now = previewed.value;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    if (!now?.anchor.isConnected) {
      if (element.matches(":popover-open")) element.hidePopover();
      return;
    }
    element.showPopover();
    place(element, now.anchor, "above");
  }, [now]);
  return (
    <div ref={box} popover="manual" class="q-preview" aria-hidden="true">
      {now && (
        <>
          <strong class="f-cut">{now.citation.title}</strong>
          <span class="f-small f-muted f-cut">
            {[now.citation.heading, now.citation.page ? t.page(now.citation.page) : ""].filter(Boolean).join(" · ")}
          </span>
          <blockquote>{now.citation.quote}</blockquote>
        </>
      )}
    </div>
  );
}
