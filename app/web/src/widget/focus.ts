const REACHABLE =
  "button:not([disabled]):not([tabindex='-1']), a[href], input:not([disabled]), textarea:not([disabled]), [tabindex='0']";

/** Tab goes round within the panel, Esc closes it; returns what ends that. */
export function keepFocusWithin(panel: HTMLElement, onEscape: () => void): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      onEscape();
    } else if (event.key === "Tab") {
      const all = [...panel.querySelectorAll<HTMLElement>(REACHABLE)];
      const edge = event.shiftKey ? all[0] : all.at(-1);
      if ((panel.getRootNode() as ShadowRoot).activeElement === edge) {
        event.preventDefault();
        (event.shiftKey ? all.at(-1) : all[0])?.focus();
      }
    }
  };
  panel.addEventListener("keydown", listen);
  return () => panel.removeEventListener("keydown", listen);
}

/** On a phone the panel is as high as what the keyboard leaves; returns what ends that. */
export function keepHeight(panel: HTMLElement): () => void {
  const view = globalThis.visualViewport;
  if (!view) return () => {};
  const place = () => {
    panel.style.setProperty("--w-height", `${view.height}px`);
    panel.style.setProperty("--w-top", `${view.offsetTop}px`);
  };
  place();
  view.addEventListener("resize", place);
  view.addEventListener("scroll", place);
  return () => {
    view.removeEventListener("resize", place);
    view.removeEventListener("scroll", place);
  };
}
