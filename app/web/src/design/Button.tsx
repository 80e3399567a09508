import "./Button.css";
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ComponentChildren, Ref } from "preact";
import { Icon, type IconName } from "./icons";

type Look = "primary" | "secondary" | "quiet" | "danger";

interface Common {
  look?: Look;
  size?: "medium" | "small";
  disabled?: boolean;
  /** Something is under way: shows a spinner and takes no clicks. */
  busy?: boolean;
  class?: string;
}

export interface ButtonProps
  extends Common,
    Omit<ButtonHTMLAttributes<HTMLButtonElement>, keyof Common | "icon" | "ref"> {
  icon?: IconName;
  children: ComponentChildren;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with words; `type="button"` unless told. */
export function Button({
  look = "secondary",
  size,
  icon,
  busy,
  disabled,
  children,
  class: extra = "",
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={classes(look, size, extra)}
      disabled={disabled}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? preventClick : rest.onClick}
    >
      {busy ? <span class="f-spinner" aria-hidden="true" /> : icon && <Icon name={icon} size={16} />}
      {children}
    </button>
  );
}

export interface IconButtonProps
  extends Common,
    Omit<ButtonHTMLAttributes<HTMLButtonElement>, keyof Common | "icon" | "label" | "ref"> {
  icon: IconName;
  /** What it does, for screen readers and as its tooltip. */
  label: string;
  ref?: Ref<HTMLButtonElement>;
}

/** A button that is only a picture. */
export function IconButton({ look = "quiet", size, icon, label, busy, class: extra = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`${classes(look, size, extra)} f-button-icon`}
      aria-label={label}
      aria-busy={busy || undefined}
      data-tip={label}
    >
      {busy ? <span class="f-spinner" aria-hidden="true" /> : <Icon name={icon} />}
    </button>
  );
}

export interface LinkButtonProps
  extends Common,
    Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Common | "icon" | "role"> {
  icon?: IconName;
  href: string;
  children: ComponentChildren;
}

/** A link that looks like a button. */
export function LinkButton({ look = "secondary", size, icon, children, class: extra = "", ...rest }: LinkButtonProps) {
  return (
    <a {...rest} class={classes(look, size, extra)}>
      {icon && <Icon name={icon} size={16} />}
      {children}
    </a>
  );
}

function classes(look: Look, size: "medium" | "small" | undefined, extra: string): string {
  return `f-button f-button-${look} ${size === "small" ? "f-button-small" : ""} ${extra}`;
}

function preventClick(event: Event): void {
  event.preventDefault();
}
