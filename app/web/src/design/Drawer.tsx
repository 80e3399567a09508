import "./Dialog.css";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { isNumber, persisted } from "../lib/store";
import { IconButton } from "./Button";
import { t } from "./messages";

const width = persisted("drawer", 520, isNumber);
const NARROWEST = 320;

export interface DrawerProps {
  open: boolean;
  title: ComponentChildren;
  onClose: () => void;
  /** Buttons beside the cross. */
  actions?: ComponentChildren;
  /** No padding inside. */
  flush?: boolean;
  children: ComponentChildren;
}

/** A panel on the right beside the work, not over it: the page stays usable. Its width is dragged or changed with arrows. */
export function Drawer({ open, title, onClose, actions, flush, children }: DrawerProps) {
  const panel = useRef<HTMLElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const before = document.activeElement as HTMLElement | null;
    panel.current?.focus();
    return () => {
      if (before?.isConnected) before.focus();
    };
  }, [open]);
  if (!open) return null;
  return (
    <aside
      ref={panel}
      class="f-drawer"
      style={{ "--drawer-width": `${width.value}px` }}
      aria-labelledby={id}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) onClose();
      }}
    >
      <Grip />
      <header class="f-drawer-head">
        <h2 id={id} class="f-cut">
          {title}
        </h2>
        {actions}
        <IconButton icon="close" label={t.close} onClick={onClose} />
      </header>
      <div class={`f-drawer-body ${flush ? "f-drawer-flush" : ""}`}>{children}</div>
    </aside>
  );
}

function Grip() {
  const resize = (wanted: number) => {
    width.value = Math.round(Math.min(Math.max(wanted, NARROWEST), innerWidth * 0.9));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be dragged; this is WAI-ARIA's window splitter
    <div
      class="f-drawer-grip"
      role="separator"
      aria-orientation="vertical"
      aria-label={t.resize}
      aria-valuenow={width.value}
      aria-valuemin={NARROWEST}
      aria-valuemax={2000}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) resize(innerWidth - event.clientX);
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") resize(width.value + 32);
        if (event.key === "ArrowRight") resize(width.value - 32);
      }}
    />
  );
}
