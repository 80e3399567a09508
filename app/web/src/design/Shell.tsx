import "./Shell.css";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { href } from "../lib/paths";
import { path } from "../lib/router";
import { hasRole, type Role } from "../lib/session";
import { Badge } from "./Badge";
import { IconButton } from "./Button";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";
import { OfflineBanner } from "./States";
import { AccountMenu, LanguageSwitch, ThemeSwitch } from "./shell_menus";

export type Face = "home" | "ask" | "admin" | "agent";

/** Which roles see which face. */
export const FACES: readonly { face: Face; path: string; icon: IconName; roles: readonly Role[] }[] = [
  { face: "ask", path: "/ask", icon: "chat", roles: ["employee", "agent", "editor", "admin"] },
  { face: "admin", path: "/admin", icon: "database", roles: ["editor", "admin"] },
  { face: "agent", path: "/agent", icon: "headset", roles: ["agent", "admin"] },
];

export interface NavItem {
  /** A path: "/admin/documents". */
  to: string;
  label: string;
  icon: IconName;
  /** How many things wait there. */
  count?: number;
}

export interface NavSection {
  label?: string;
  items: readonly NavItem[];
}

export interface ShellProps {
  face: Face;
  nav?: readonly NavSection[];
  /** Anything in the left panel below or instead of `nav` (a list of conversations). */
  navContent?: ComponentChildren;
  /** More in the bar, before language and theme. */
  actions?: ComponentChildren;
  /** The main part is exactly as high as the window and scrolls inside (inbox, chat); else the page scrolls. */
  fill?: boolean;
  children: ComponentChildren;
}

/** Bar, navigation and main part of every page. The navigation is a panel on the left, behind a button when narrow. */
export function Shell({ face, nav, navContent, actions, fill, children }: ShellProps) {
  const [open, setOpen] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const place = path.value;
  useEffect(() => setOpen(false), [place]);
  useEffect(() => {
    if (open) panel.current?.querySelector<HTMLElement>("a, button")?.focus();
  }, [open]);
  const facesOnly = !nav && !navContent;
  return (
    <div class={`f-shell ${fill ? "f-shell-fill" : ""}`}>
      <a class="f-skip" href="#main">
        {t.skip}
      </a>
      <header class="f-bar">
        <div class="f-bar-row">
          <IconButton
            class="f-narrow-only"
            icon="menu"
            label={t.openNavigation}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          />
          <a class="f-brand" href={href("/")}>
            <Mark />
            Freshet
          </a>
          <Faces face={face} />
          <span class="f-bar-space" />
          {actions}
          <LanguageSwitch />
          <ThemeSwitch />
          <AccountMenu />
        </div>
        <OfflineBanner />
      </header>
      <nav
        ref={panel}
        class={`f-nav ${open ? "f-nav-open" : ""} ${facesOnly ? "f-nav-faces-only" : ""}`}
        aria-label={t.navigation}
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
      >
        <div class="f-narrow-only">
          <Faces face={face} />
        </div>
        {nav?.map((section, index) => (
          <NavPart key={section.label ?? index} section={section} place={place} />
        ))}
        {navContent}
      </nav>
      <div class="f-veil" aria-hidden="true" onClick={() => setOpen(false)} />
      <main id="main" class="f-main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** The sign of Freshet: running water. */
export function Mark() {
  return (
    <span class="f-mark">
      <Icon name="spring" />
    </span>
  );
}

function Faces({ face }: { face: Face }) {
  const names: Record<Face, string> = { home: t.home, ask: t.ask, admin: t.portal, agent: t.inbox };
  const mine = FACES.filter((one) => hasRole(...one.roles));
  if (mine.length === 0) return null;
  return (
    <nav class="f-faces" aria-label={t.faces}>
      {mine.map((one) => (
        <a key={one.face} href={href(one.path)} aria-current={one.face === face ? "page" : undefined}>
          {names[one.face]}
        </a>
      ))}
    </nav>
  );
}

function NavPart({ section, place }: { section: NavSection; place: string }) {
  const chosen = section.items
    .filter((item) => place === item.to || place.startsWith(`${item.to}/`))
    .sort((a, b) => b.to.length - a.to.length)[0];
  return (
    <div>
      {section.label && <h2>{section.label}</h2>}
      <ul>
        {section.items.map((item) => (
          <li key={item.to}>
            <a href={href(item.to)} aria-current={item === chosen ? "page" : undefined}>
              <Icon name={item.icon} />
              <span>{item.label}</span>
              {item.count ? <Badge tone="accent">{item.count}</Badge> : null}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

export interface PageHeadProps {
  title: ComponentChildren;
  description?: ComponentChildren;
  actions?: ComponentChildren;
}

/** The title of a page, what it is for, and its main actions. */
export function PageHead({ title, description, actions }: PageHeadProps) {
  return (
    <header class="f-page-head">
      <div>
        <h1>{title}</h1>
        {description && <p>{description}</p>}
      </div>
      {actions && <div class="f-row f-row-wrap">{actions}</div>}
    </header>
  );
}
