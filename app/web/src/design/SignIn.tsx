import "./SignIn.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../lib/errors";
import { formatDuration } from "../lib/format";
import { href } from "../lib/paths";
import { type Provider, type Session, session, settleSignIn, signInWanted } from "../lib/session";
import { signIn, signInWays } from "../lib/sign_in";
import { Button, LinkButton } from "./Button";
import { Dialog } from "./Dialog";
import { TextField } from "./Field";
import { t } from "./messages";
import { Banner } from "./States";

export interface SignInFormProps {
  /** Only this person may sign in here: what is on the page is theirs. */
  only?: Session;
  /** Where a provider leads back to. */
  next: string;
  onDone: (session: Session) => void;
}

/** User name and password, another organisation, and the buttons of the providers. */
export function SignInForm({ only, next, onDone }: SignInFormProps) {
  const [user, setUser] = useState(only?.user ?? "");
  const [password, setPassword] = useState("");
  const [tenant, setTenant] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const form = useRef<HTMLFormElement>(null);
  const wait = useCountdown(error?.status === 429 ? error : undefined);
  const send = async () => {
    setBusy(true);
    try {
      onDone(await signIn({ tenant: only?.tenant ?? (tenant || undefined), user, password }));
    } catch (problem) {
      setError(asApiError(problem));
      form.current?.querySelector<HTMLInputElement>('input[name="password"]')?.select();
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="f-sign-in">
      <form
        ref={form}
        class="f-sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <div aria-live="assertive">{error && <Refusal error={error} wait={wait} />}</div>
        {tenant !== null && (
          <TextField
            label={t.organisation}
            name="tenant"
            autocomplete="organization"
            hint={t.organisationHint}
            value={tenant}
            onChange={setTenant}
          />
        )}
        <TextField
          label={t.user}
          name="user"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          readOnly={only !== undefined}
          value={user}
          onChange={setUser}
        />
        <TextField
          label={t.password}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onChange={setPassword}
        />
        <Button type="submit" look="primary" busy={busy} disabled={wait > 0}>
          {busy ? t.signingIn : t.signIn}
        </Button>
        {!only && tenant === null && (
          <button type="button" class="f-link-button" onClick={() => setTenant("")}>
            {t.otherOrganisation}
          </button>
        )}
      </form>
      <Providers next={next} />
    </div>
  );
}

function Refusal({ error, wait }: { error: ApiError; wait: number }) {
  if (error.status === 429 && wait > 0) return <Banner tone="warning">{t.throttled(formatDuration(wait))}</Banner>;
  if (error.status === 429) return null;
  return <Banner tone="danger">{error.status === 401 ? t.wrong : error.sentence}</Banner>;
}

function Providers({ next }: { next: string }) {
  const [providers, setProviders] = useState<Provider[]>([]);
  useEffect(() => {
    signInWays().then(
      (ways) => setProviders(ways.providers),
      () => setProviders([]), // then the form is all there is
    );
  }, []);
  if (providers.length === 0) return null;
  return (
    <>
      <div class="f-sign-in-or">{t.or}</div>
      <div class="f-sign-in-providers">
        {providers.map((provider) => (
          <LinkButton
            key={provider.name}
            icon="key"
            href={`${href(provider.start_url)}?next=${encodeURIComponent(next)}`}
          >
            {t.signInWith(provider.label)}
          </LinkButton>
        ))}
      </div>
    </>
  );
}

/** Seconds until another attempt is allowed; counts down. */
function useCountdown(error: ApiError | undefined): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!error) return setLeft(0);
    const until = Date.now() + error.retryAfterSeconds * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

/** The dialog that appears over the page when the session has ended; every mounted page has it. */
export function SignInHost() {
  const before = useRef<Session | null>(null);
  if (session.value) before.current = session.value;
  if (!signInWanted.value) return null;
  const only = before.current ?? undefined;
  return (
    <Dialog open size="small" title={t.expired} onClose={() => settleSignIn(false)}>
      <div class="f-stack">
        <p class="f-muted">{t.expiredText}</p>
        <SignInForm only={only} next={location.pathname + location.search} onDone={() => settleSignIn(true)} />
        {only && (
          <a class="f-small" href={href("/")}>
            {t.notYou}
          </a>
        )}
      </div>
    </Dialog>
  );
}
