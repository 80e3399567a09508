import "./Badge.css";
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";

export type Tone = "neutral" | "accent" | "success" | "warning" | "danger" | "info";

/** A short word or number on a tinted ground. */
export function Badge({
  tone = "neutral",
  icon,
  children,
}: {
  tone?: Tone;
  icon?: IconName;
  children: ComponentChildren;
}) {
  return (
    <span class={`f-badge f-tone-${tone}`}>
      {icon && <Icon name={icon} size={13} />}
      {children}
    </span>
  );
}

/** A state as a dot and its name; `busy` lets the dot breathe. */
export function StatusDot({
  tone = "neutral",
  busy,
  children,
}: {
  tone?: Tone;
  busy?: boolean;
  children: ComponentChildren;
}) {
  return <span class={`f-dot f-dot-${tone} ${busy ? "f-dot-busy" : ""}`}>{children}</span>;
}

export interface ChipProps {
  label: string;
  icon?: IconName;
  /** Makes it a button; with `pressed` one that stays in. */
  onClick?: () => void;
  pressed?: boolean;
  /** Adds a cross. */
  onRemove?: () => void;
}

/** A filter, a group, a file: something small one may press or take away. */
export function Chip({ label, icon, onClick, pressed, onRemove }: ChipProps) {
  const content = (
    <>
      {icon && <Icon name={icon} size={14} />}
      <span class="f-cut">{label}</span>
    </>
  );
  if (onClick) {
    return (
      <button type="button" class="f-chip" aria-pressed={pressed} onClick={onClick}>
        {content}
      </button>
    );
  }
  return (
    <span class="f-chip">
      {content}
      {onRemove && (
        <button type="button" class="f-chip-remove" aria-label={t.remove(label)} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      )}
    </span>
  );
}
