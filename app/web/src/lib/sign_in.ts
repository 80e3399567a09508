import { api } from "./api";
import { href } from "./paths";
import { type Session, type SignInWays, session } from "./session";

export interface Credentials {
  /** The organisation; left out for the one of this installation. */
  tenant?: string;
  user: string;
  password: string;
}

/** Sign in with a local account; `session` knows afterwards. Raises ApiError: 401 wrong, 429 throttled. */
export async function signIn({ tenant, user, password }: Credentials): Promise<Session> {
  const body = { ...(tenant ? { tenant } : {}), user, password };
  const found = await api.post<Session>("/v1/session", body, { askToSignIn: false });
  session.value = found;
  return found;
}

/** End the session and go to the start page. */
export async function signOut(): Promise<void> {
  await api.delete("/v1/session", { askToSignIn: false });
  session.value = null;
  location.assign(href("/"));
}

/** How one may sign in: local accounts, and OpenID providers. */
export function signInWays(): Promise<SignInWays> {
  return api.get<SignInWays>("/v1/sign-in-ways", { askToSignIn: false });
}

/** A path of this site to go on to, or "" for anything else: `next` comes from the address and is not to be trusted. */
export function safeNext(next: string | null): string {
  if (!next?.startsWith("/") || next.includes("\\")) return "";
  const found = URL.parse(next, location.origin);
  return found?.origin === location.origin ? found.pathname + found.search + found.hash : "";
}
