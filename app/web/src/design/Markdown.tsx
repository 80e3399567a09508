import "./Markdown.css";
import { useMemo } from "preact/hooks";
import { renderMarkdown } from "../lib/markdown";

export interface MarkdownProps {
  text: string;
  /** Markers `[1]` become buttons; called with the number of the one pressed. */
  onMarker?: (marker: number) => void;
}

/** Text written by people, documents or models: no HTML of its own, no images, safe links. */
export function Markdown({ text, onMarker }: MarkdownProps) {
  const markers = onMarker !== undefined;
  const html = useMemo(() => renderMarkdown(text, { markers }), [text, markers]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside are what is pressed
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a button is a click
    <div
      class="f-markdown"
      onClick={(event) => {
        const cite = (event.target as Element).closest<HTMLElement>(".f-cite");
        if (cite) onMarker?.(Number(cite.dataset.marker));
      }}
      // Safe: lib/markdown.ts lets no HTML of the text through.
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}
