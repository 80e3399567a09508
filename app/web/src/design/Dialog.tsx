import "./Dialog.css";
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button, IconButton } from "./Button";
import { t } from "./messages";

/** What has the focus first: a field, else the first button of the footer; the browser would take the cross. */
const FIRST =
  ".f-dialog-body :is(input, select, textarea):not([readonly], :disabled), :not(:has(input, select, textarea)) > .f-dialog-foot button";

export interface DialogProps {
  open: boolean;
  title: string;
  /** Asked to close: Escape, the cross, the ground behind. */
  onClose: () => void;
  size?: "small" | "medium" | "large";
  /** Buttons, the main one last. */
  footer?: ComponentChildren;
  /** With it the content is a form, and Enter in a field submits; a footer's button is `type="submit"`. */
  onSubmit?: () => void;
  children: ComponentChildren;
}

/** A modal dialog over the page: the browser's own <dialog>, so focus stays inside and goes back afterwards. */
export function Dialog({ open, title, onClose, size = "medium", footer, onSubmit, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (!open) return;
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    element?.querySelector<HTMLElement>(FIRST)?.focus();
    return () => {
      element?.close();
      // The browser gives focus back when a dialog is closed, not when it has been taken out of the page.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [open]);
  if (!open) return null;
  const content = (
    <>
      <header class="f-dialog-head">
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label={t.close} onClick={onClose} />
      </header>
      <div class="f-dialog-body">{children}</div>
      {footer && <footer class="f-dialog-foot">{footer}</footer>}
    </>
  );
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, and comes as `cancel`
    <dialog
      ref={dialog}
      class={`f-dialog f-dialog-${size}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget && isOutside(event, event.currentTarget)) onClose();
      }}
    >
      {onSubmit ? (
        <form
          class="f-dialog-form"
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          {content}
        </form>
      ) : (
        content
      )}
    </dialog>
  );
}

function isOutside(event: MouseEvent, element: HTMLElement): boolean {
  const box = element.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

export interface Question {
  title: string;
  text?: ComponentChildren;
  /** The button that says yes: a verb. */
  action: string;
  cancel?: string;
  danger?: boolean;
}

const asked = signal<(Question & { settle: (yes: boolean) => void }) | null>(null);

/** Ask a yes-or-no question; false for Escape and Cancel. Shown by `ConfirmHost`, which every mounted page has. */
export function confirm(question: Question): Promise<boolean> {
  asked.value?.settle(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      settle: (yes) => {
        asked.value = null;
        resolve(yes);
      },
    };
  });
}

export function ConfirmHost() {
  const question = asked.value;
  if (!question) return null;
  const no = () => question.settle(false);
  return (
    <Dialog
      open
      size="small"
      title={question.title}
      onClose={no}
      footer={
        <>
          <Button onClick={no}>{question.cancel ?? t.cancel}</Button>
          <Button look={question.danger ? "danger" : "primary"} onClick={() => question.settle(true)}>
            {question.action}
          </Button>
        </>
      }
    >
      <div class="f-muted">{question.text}</div>
    </Dialog>
  );
}
