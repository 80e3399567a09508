import "./Toast.css";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asApiError } from "../lib/errors";
import { Button, IconButton } from "./Button";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";

type Kind = "success" | "danger" | "info";

interface Shown {
  id: number;
  text: string;
  kind: Kind;
  action?: { label: string; run: () => void };
}

const ICONS: Record<Kind, IconName> = { success: "success", danger: "error", info: "info" };
const shown = signal<readonly Shown[]>([]);
let last = 0;

/** Say in a line that something was done (6 s) or failed (until dismissed); `action` offers one way on ("Undo"). */
export function toast(text: string, kind: Kind = "success", action?: Shown["action"]): void {
  last += 1;
  const id = last;
  shown.value = [...shown.value.slice(-2), { id, text, kind, action }];
  if (kind !== "danger") setTimeout(() => dismiss(id), action ? 10_000 : 6_000);
}

/** Say why something failed. */
export function toastError(error: unknown): void {
  toast(asApiError(error).sentence, "danger");
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}

/** Where toasts appear, above dialogs too; every mounted page has it. */
export function ToastHost() {
  const host = useRef<HTMLDivElement>(null);
  const count = shown.value.length;
  const newest = shown.value.at(-1)?.id;
  useEffect(() => {
    const element = host.current;
    if (!element || newest === undefined) return;
    if (element.matches(":popover-open")) element.hidePopover();
    element.showPopover();
  }, [newest]);
  return (
    <div ref={host} class="f-toasts" popover="manual" role="status" aria-live="polite" data-count={count}>
      {shown.value.map((one) => (
        <div key={one.id} class={`f-toast f-toast-${one.kind}`}>
          <Icon name={ICONS[one.kind]} />
          <span class="f-grow">{one.text}</span>
          {one.action && (
            <Button
              size="small"
              look="quiet"
              onClick={() => {
                dismiss(one.id);
                one.action?.run();
              }}
            >
              {one.action.label}
            </Button>
          )}
          <IconButton size="small" icon="close" label={t.dismiss} onClick={() => dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}
