import "./tokens.css";
import "./base.css";
import { effect, useSignal } from "@preact/signals";
import { type ComponentChildren, render } from "preact";
import { useEffect } from "preact/hooks";
import { loadSession } from "../lib/api";
import { type ApiError, asApiError } from "../lib/errors";
import { href } from "../lib/paths";
import { setLeaveQuestion, startRouter } from "../lib/router";
import { hasRole, type Role, session } from "../lib/session";
import { LinkButton } from "./Button";
import { ConfirmHost, confirm } from "./Dialog";
import { t } from "./messages";
import { type Face, Shell } from "./Shell";
import { SignInHost } from "./SignIn";
import { EmptyState, ErrorState, Skeleton } from "./States";
import { ToastHost } from "./Toast";
import { installTooltips } from "./tooltip";

export interface MountOptions {
  face: Face;
  /** The path below which links change the place instead of loading a page: "/admin". */
  base: string;
  /** The title of the window, in the language in force. */
  title: () => string;
  /** Who may be here; without it also people who are not signed in. */
  roles?: readonly Role[];
  page: () => ComponentChildren;
}

/** Start a page: asks who is signed in, sends to the sign-in where needed, and shows `page` with everything around it. */
export function mount(options: MountOptions): void {
  const place = document.getElementById("page");
  if (!place) throw new Error('the page has no element "page"');
  startRouter(options.base);
  installTooltips();
  setLeaveQuestion(() => confirm({ title: t.unsavedTitle, text: t.unsavedText, action: t.leave, cancel: t.stay }));
  effect(() => {
    document.title = options.title();
  });
  render(
    <>
      <Page {...options} />
      <ToastHost />
      <ConfirmHost />
      <SignInHost />
    </>,
    place,
  );
}

const AGAIN_MS = 5000;

function Page(options: MountOptions) {
  const failure = useSignal<ApiError | undefined>(undefined);
  const load = () => {
    loadSession().then(
      () => {
        failure.value = undefined;
      },
      (error) => {
        failure.value = asApiError(error);
      },
    );
  };
  useEffect(load, []);
  useEffect(() => {
    if (!failure.value) return;
    const timer = setTimeout(load, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [failure.value]);

  if (session.value === undefined) {
    return (
      <Shell face={options.face}>
        {failure.value ? <ErrorState error={failure.value} onRetry={load} /> : <Skeleton />}
      </Shell>
    );
  }
  if (!options.roles) return <>{options.page()}</>;
  if (session.value === null) {
    location.replace(`${href("/")}?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
    return null;
  }
  if (!hasRole(...options.roles)) return <Forbidden face={options.face} />;
  return <>{options.page()}</>;
}

function Forbidden({ face }: { face: Face }) {
  return (
    <Shell face={face}>
      <EmptyState
        icon="lock"
        title={t.forbiddenTitle}
        actions={
          <LinkButton href={href("/")} icon="home">
            {t.toHome}
          </LinkButton>
        }
      >
        {t.forbiddenText}
      </EmptyState>
    </Shell>
  );
}
