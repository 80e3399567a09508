import "./States.css";
import type { ComponentChildren } from "preact";
import { offline } from "../lib/api";
import { asApiError } from "../lib/errors";
import { Button, IconButton } from "./Button";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";

/** How far something is: `value` from 0 to 1, or undefined for "under way". */
export function Progress({ label, value, note }: { label: string; value?: number; note?: ComponentChildren }) {
  return (
    <div class="f-progress">
      <progress aria-label={label} value={value} max={1} />
      {note && <span class="f-muted">{note}</span>}
    </div>
  );
}

/** Grey lines where text will be. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="f-skeletons" role="status">
      <span class="f-hidden-text">{t.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class={`f-skeleton f-skeleton-${line % 3}`} aria-hidden="true" />
      ))}
    </div>
  );
}

export interface EmptyStateProps {
  icon?: IconName;
  title?: string;
  children?: ComponentChildren;
  /** What to do first. */
  actions?: ComponentChildren;
}

/** Nothing is here: says why, and what to do. */
export function EmptyState({ icon = "spring", title = t.nothing, children, actions }: EmptyStateProps) {
  return (
    <div class="f-state">
      <span class="f-state-picture">
        <Icon name={icon} size={24} />
      </span>
      <h3>{title}</h3>
      {children && <div>{children}</div>}
      {actions && <div class="f-state-actions">{actions}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  error: unknown;
  title?: string;
  onRetry?: () => void;
}

/** Something could not be shown: why in a sentence, the request's id for support, and another try. */
export function ErrorState({ error, title = t.failed, onRetry }: ErrorStateProps) {
  const problem = asApiError(error);
  return (
    <div class="f-state f-state-danger" role="alert">
      <span class="f-state-picture">
        <Icon name={problem.status === 0 ? "globe" : "warning"} size={24} />
      </span>
      <h3>{title}</h3>
      <p>{problem.sentence}</p>
      {problem.requestId && <p class="f-small f-code">{t.requestId(problem.requestId)}</p>}
      {onRetry && (
        <div class="f-state-actions">
          <Button icon="refresh" onClick={onRetry}>
            {t.retry}
          </Button>
        </div>
      )}
    </div>
  );
}

export interface BannerProps {
  tone?: "info" | "success" | "warning" | "danger";
  icon?: IconName;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** A sentence across a page or card: something is to be known while working here. */
export function Banner({ tone = "info", icon, actions, children }: BannerProps) {
  const fitting: IconName = tone === "success" ? "success" : tone === "info" ? "info" : "warning";
  return (
    <div class={`f-banner f-banner-rounded f-tone-${tone}`} role={tone === "danger" ? "alert" : undefined}>
      <Icon name={icon ?? fitting} />
      <span class="f-grow">{children}</span>
      {actions}
    </div>
  );
}

/** Says that there is no connection while there is none; the Shell has it. */
export function OfflineBanner() {
  return (
    <div role="status">
      {offline.value && (
        <div class="f-banner f-tone-warning">
          <Icon name="globe" />
          <span>{t.offline}</span>
        </div>
      )}
    </div>
  );
}

export interface PaginationProps {
  page: number;
  pages: number;
  onChange: (page: number) => void;
}

/** Pages that have numbers (of a PDF); lists load more by scrolling instead. */
export function Pagination({ page, pages, onChange }: PaginationProps) {
  return (
    <nav class="f-pages" aria-label={t.page(page, pages)}>
      <IconButton
        size="small"
        icon="chevron-left"
        label={t.previous}
        disabled={page <= 1}
        onClick={() => onChange(page - 1)}
      />
      <span aria-live="polite">{t.page(page, pages)}</span>
      <IconButton
        size="small"
        icon="chevron-right"
        label={t.next}
        disabled={page >= pages}
        onClick={() => onChange(page + 1)}
      />
    </nav>
  );
}
