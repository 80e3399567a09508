import "./Menu.css";
import { place } from "./place";

const DELAY_MS = 350;

/**
 * Show the text of `data-tip` above what the pointer or the focus is on; Escape hides it (WCAG 1.4.13). It repeats what an
 * accessible name already says: never put anything there that is nowhere else. Called once by `mount`.
 */
export function installTooltips(): void {
  const tip = document.createElement("div");
  tip.className = "f-tooltip";
  tip.popover = "manual";
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hide = () => {
    clearTimeout(timer);
    if (tip.matches(":popover-open")) tip.hidePopover();
  };
  const show = (anchor: Element) => {
    if (!anchor.isConnected) return;
    tip.textContent = anchor.getAttribute("data-tip");
    tip.showPopover();
    place(tip, anchor, "above");
  };
  const over = (event: Event) => {
    const anchor = (event.target as Element | null)?.closest?.("[data-tip]");
    hide();
    if (!anchor || (event.type === "focusin" && !anchor.matches(":focus-visible"))) return;
    timer = setTimeout(() => show(anchor), event.type === "focusin" ? 0 : DELAY_MS);
  };
  document.addEventListener("pointerover", (event) => event.pointerType === "mouse" && over(event));
  document.addEventListener("focusin", over);
  document.addEventListener("pointerdown", hide);
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
