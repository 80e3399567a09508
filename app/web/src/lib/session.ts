import { computed, signal } from "@preact/signals";

export type Role = "customer" | "employee" | "agent" | "editor" | "admin";

/** What `GET /v1/session` answers. */
export interface Session {
  tenant: string;
  user: string;
  display_name: string;
  roles: Role[];
  groups: string[];
  csrf_token: string;
  expires_at: string;
}

export interface Provider {
  name: string;
  label: string;
  start_url: string;
}

export interface SignInWays {
  local: boolean;
  providers: Provider[];
}

/** Who is signed in: undefined while it is being asked, null when nobody is. */
export const session = signal<Session | null | undefined>(undefined);

/** True while the page asks a person to sign in again; what is on the page stays. */
export const signInWanted = computed(() => waiting.value !== null);

export function hasRole(...wanted: Role[]): boolean {
  const roles = session.value?.roles ?? [];
  return wanted.some((role) => roles.includes(role));
}

const waiting = signal<{ promise: Promise<boolean>; settle: (signedIn: boolean) => void } | null>(null);

/** Ask the person to sign in again, once for all who wait; false when the person turns away. */
export function wantSignIn(): Promise<boolean> {
  if (waiting.value === null) {
    let settle: (signedIn: boolean) => void = () => {};
    const promise = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    waiting.value = { promise, settle };
  }
  return waiting.value.promise;
}

/** Tell those who wait how the signing in ended. */
export function settleSignIn(signedIn: boolean): void {
  const asked = waiting.value;
  waiting.value = null;
  asked?.settle(signedIn);
}
