import { Icon, type IconName, Mark } from "../design";
import { SignInForm } from "../design/SignIn";
import { OfflineBanner } from "../design/States";
import { LanguageSwitch, ThemeSwitch } from "../design/shell_menus";
import { href } from "../lib/paths";
import { query } from "../lib/router";
import { safeNext } from "../lib/sign_in";
import { t } from "./messages";

/** What people see who are not signed in: what this is, and the way in. */
export function Welcome() {
  const next = safeNext(query.value.get("next"));
  const goOn = () => {
    if (next) location.assign(next);
  };
  return (
    <div class="h-welcome">
      <section class="h-pitch">
        <div class="f-row h-pitch-brand">
          <Mark />
          Freshet
        </div>
        <div class="h-pitch-words">
          <h1>{t.promise}</h1>
          <p>{t.promiseText}</p>
          <ul>
            <Point icon="refresh">{t.pointFresh}</Point>
            <Point icon="document">{t.pointCited}</Point>
            <Point icon="shield">{t.pointSafe}</Point>
          </ul>
        </div>
        <Waves />
      </section>
      <main class="h-sign-in">
        <div class="h-sign-in-bar">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
        <OfflineBanner />
        <div class="h-sign-in-form">
          <h2>{t.signInTitle}</h2>
          <p class="f-muted">{t.signInText}</p>
          <SignInForm next={next || href("/")} onDone={goOn} />
          <a class="f-small h-shop" href={href("/demo")}>
            {t.shop}
          </a>
        </div>
      </main>
    </div>
  );
}

function Point({ icon, children }: { icon: IconName; children: string }) {
  return (
    <li class="f-row">
      <Icon name={icon} />
      {children}
    </li>
  );
}

function Waves() {
  return (
    <svg class="h-waves" viewBox="0 0 600 160" preserveAspectRatio="none" aria-hidden="true">
      <path d="M0 70C100 20 180 20 290 66s190 52 310-6v100H0z" fill="#fff" opacity=".07" />
      <path d="M0 104c90-40 180-34 280 0s200 34 320-14v70H0z" fill="#fff" opacity=".09" />
      <path d="M0 132c120-28 190-16 300 2s200 8 300-22v48H0z" fill="#fff" opacity=".1" />
    </svg>
  );
}
