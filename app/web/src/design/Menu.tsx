import "./Menu.css";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons";
import { place } from "./place";

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** An action, or … */
  onSelect?: () => void;
  /** … an address. */
  href?: string;
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
  /** A line above this item. */
  separated?: boolean;
}

export interface MenuProps {
  items: readonly MenuItem[];
  /** What stands above the items. */
  head?: ComponentChildren;
  /** The button; spread the properties it gets on it: `(open) => <IconButton {...open} icon="more" label={…} />`. */
  button: (open: Record<string, unknown>) => ComponentChildren;
}

/** Actions behind a button, in the browser's top layer; arrow keys, Home, End, Escape (WAI-ARIA menu button). */
export function Menu({ items, head, button }: MenuProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const close = () => list.current?.hidePopover();
  const opened = (event: { newState: string }) => {
    const anchor = document.querySelector(`[popovertarget="${id}"]`);
    anchor?.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState !== "open" || !list.current || !anchor) return;
    place(list.current, anchor, "below");
    entries(list.current)[0]?.focus();
  };
  return (
    <>
      {button({ popovertarget: id, "aria-haspopup": "menu", "aria-expanded": false })}
      <div
        ref={list}
        id={id}
        popover="auto"
        class="f-menu"
        role="menu"
        onToggle={opened}
        onKeyDown={(event) => move(event, list.current)}
      >
        {head && (
          <div class="f-menu-head" role="presentation">
            {head}
          </div>
        )}
        {items.map((item) => (
          <Entry key={item.label} item={item} close={close} />
        ))}
      </div>
    </>
  );
}

function Entry({ item, close }: { item: MenuItem; close: () => void }) {
  const shared = {
    class: `f-menu-item ${item.danger ? "f-menu-item-danger" : ""}`,
    role: item.checked === undefined ? ("menuitem" as const) : ("menuitemradio" as const),
    "aria-checked": item.checked,
    tabIndex: -1,
  };
  const content = (
    <>
      {item.icon && <Icon name={item.icon} size={16} />}
      <span class="f-menu-label">{item.label}</span>
      {item.checked && <Icon name="check" size={16} />}
    </>
  );
  const select = () => {
    close();
    item.onSelect?.();
  };
  return (
    <>
      {item.separated && <hr />}
      {item.href ? (
        <a {...shared} href={item.href} onClick={close}>
          {content}
        </a>
      ) : (
        <button type="button" {...shared} disabled={item.disabled} onClick={select}>
          {content}
        </button>
      )}
    </>
  );
}

function entries(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(".f-menu-item:not(:disabled)")];
}

function move(event: KeyboardEvent, list: HTMLElement | null): void {
  if (!list) return;
  const all = entries(list);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
  const wanted = steps[event.key];
  if (event.key === "Tab") list.hidePopover();
  if (wanted === undefined) return;
  event.preventDefault();
  all[(wanted + all.length) % all.length]?.focus();
}
