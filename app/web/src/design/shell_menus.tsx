import { chooseLanguage, language } from "../lib/i18n";
import { session } from "../lib/session";
import { signOut } from "../lib/sign_in";
import { type Theme, theme } from "../lib/theme";
import { Button, IconButton } from "./Button";
import type { IconName } from "./icons";
import { Menu } from "./Menu";
import { t } from "./messages";
import { toastError } from "./Toast";

/** Changes to the other language; written in it, so that whoever needs it can read it. */
export function LanguageSwitch() {
  const other = language.value === "zh" ? "en" : "zh";
  return (
    <Button look="quiet" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => chooseLanguage(other)}>
      {other === "zh" ? "中文" : "EN"}
    </Button>
  );
}

const THEME_ICONS: Record<Theme, IconName> = { light: "sun", dark: "moon", system: "monitor" };

export function ThemeSwitch() {
  const names: Record<Theme, string> = { light: t.light, dark: t.dark, system: t.system };
  const items = (["light", "dark", "system"] as const).map((one) => ({
    label: names[one],
    icon: THEME_ICONS[one],
    checked: theme.value === one,
    onSelect: () => {
      theme.value = one;
    },
  }));
  return (
    <Menu items={items} button={(open) => <IconButton {...open} icon={THEME_ICONS[theme.value]} label={t.theme} />} />
  );
}

/** Who is signed in, and signing out; nothing while nobody is. */
export function AccountMenu() {
  const who = session.value;
  if (!who) return null;
  const name = who.display_name || who.user;
  const leave = () => signOut().catch(toastError);
  return (
    <Menu
      head={
        <>
          <div class="f-strong">{name}</div>
          <div>{who.tenant === "default" ? who.user : `${who.user} · ${who.tenant}`}</div>
        </>
      }
      items={[{ label: t.signOut, icon: "sign-out", onSelect: leave }]}
      button={(open) => (
        <button type="button" {...open} class="f-avatar-button" aria-label={t.account(name)} data-tip={name}>
          <span class="f-avatar" data-initials={initials(name)} />
        </button>
      )}
    />
  );
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/)
    .filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase()).join("");
}
