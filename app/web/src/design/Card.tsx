import "./Card.css";
import type { ComponentChildren } from "preact";

export interface CardProps {
  title?: string;
  actions?: ComponentChildren;
  /** No padding: for a table or an editor that fills the card. */
  flush?: boolean;
  class?: string;
  children: ComponentChildren;
}

/** Things that belong together, on a ground of their own. */
export function Card({ title, actions, flush, class: extra = "", children }: CardProps) {
  return (
    <section class={`f-card ${extra}`}>
      {(title || actions) && (
        <header class="f-card-head">
          <h2>{title}</h2>
          {actions && <div class="f-row f-row-wrap">{actions}</div>}
        </header>
      )}
      <div class={`f-card-body ${flush ? "f-card-flush" : ""}`}>{children}</div>
    </section>
  );
}

export interface CardLinkProps {
  href: string;
  class?: string;
  children: ComponentChildren;
}

/** A card that is one link as a whole. */
export function CardLink({ href, class: extra = "", children }: CardLinkProps) {
  return (
    <a class={`f-card f-card-link ${extra}`} href={href}>
      {children}
    </a>
  );
}
