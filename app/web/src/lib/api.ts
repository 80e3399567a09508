import { signal } from "@preact/signals";
import { ApiError, type Problem } from "./errors";
import { languageTag } from "./i18n";
import { href } from "./paths";
import { type Session, session, wantSignIn } from "./session";

export type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;

export interface CallOptions {
  query?: Query;
  headers?: Record<string, string>;
  /** Ends the call; the promise is rejected with the signal's reason, an AbortError. */
  signal?: AbortSignal;
  /** Seconds until the call is given up with status 408; 30 unless told, 0 for never. */
  timeoutSeconds?: number;
  /** False: a 401 is an error like others, not a reason to ask for sign-in. */
  askToSignIn?: boolean;
}

/** True while requests fail for want of a connection; the Shell shows a banner. */
export const offline = signal(globalThis.navigator?.onLine === false);
globalThis.addEventListener?.("offline", () => {
  offline.value = true;
});
globalThis.addEventListener?.("online", () => {
  offline.value = false;
});

const GET_ATTEMPTS = 3;

/** The API under /v1. Answers are parsed JSON (undefined for 204); failures are ApiError. */
export const api = {
  get: <T>(path: string, options?: CallOptions) => call<T>("GET", path, undefined, options),
  post: <T = void>(path: string, body?: unknown, options?: CallOptions) => call<T>("POST", path, body, options),
  put: <T = void>(path: string, body?: unknown, options?: CallOptions) => call<T>("PUT", path, body, options),
  patch: <T = void>(path: string, body?: unknown, options?: CallOptions) => call<T>("PATCH", path, body, options),
  delete: <T = void>(path: string, options?: CallOptions) => call<T>("DELETE", path, undefined, options),
  /** The response itself (files, text); an ApiError unless it is a success. */
  raw: (method: string, path: string, body?: unknown, options?: CallOptions) => send(method, path, body, options),
};

/** Ask who is signed in and remember it in `session`; null when nobody is. */
export async function loadSession(): Promise<Session | null> {
  try {
    session.value = await api.get<Session>("/v1/session", { askToSignIn: false });
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 404)) throw error;
    session.value = null;
  }
  return session.value ?? null;
}

/** The address of a route with its query, for links and images. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const one of value) search.append(name, one);
    else search.set(name, String(value));
  }
  const text = search.toString();
  return href(path) + (text ? (path.includes("?") ? "&" : "?") + text : "");
}

/** Headers of a request that changes something or not: language, and the CSRF token where it is needed. */
export function requestHeaders(method: string, extra: Record<string, string> = {}): Record<string, string> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    "Accept-Language": languageTag.value,
    ...extra,
  };
  const token = session.value?.csrf_token;
  if (token && method !== "GET" && method !== "HEAD") headers["X-CSRF-Token"] = token;
  return headers;
}

async function call<T>(method: string, path: string, body: unknown, options?: CallOptions): Promise<T> {
  const response = await send(method, path, body, options);
  if (response.status === 204 || response.headers.get("Content-Length") === "0") return undefined as T;
  const type = response.headers.get("Content-Type") ?? "";
  return (type.includes("json") ? await response.json() : await response.text()) as T;
}

async function send(method: string, path: string, body: unknown, options: CallOptions = {}): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await once(method, path, body, options);
      if (response.ok) return response;
      const error = await problemOf(response);
      if (error.status === 401 && options.askToSignIn !== false && session.value !== undefined) {
        if (await wantSignIn()) continue;
      }
      throw error;
    } catch (error) {
      const again = method === "GET" && error instanceof ApiError && [0, 408, 502, 503, 504].includes(error.status);
      if (!again || attempt >= GET_ATTEMPTS) throw error;
      await pause(300 * 2 ** attempt, options.signal);
    }
  }
}

async function once(method: string, path: string, body: unknown, options: CallOptions): Promise<Response> {
  const isRaw = body instanceof FormData || body instanceof Blob || typeof body === "string" || body === undefined;
  const headers = requestHeaders(method, options.headers);
  if (!isRaw) headers["Content-Type"] = "application/json";
  const timeout = options.timeoutSeconds ?? 30;
  const signals = [options.signal, timeout > 0 ? AbortSignal.timeout(timeout * 1000) : undefined];
  try {
    const response = await fetch(address(path, options.query), {
      method,
      headers,
      body: isRaw ? (body as BodyInit | undefined) : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.any(signals.filter((one) => one !== undefined)),
    });
    offline.value = false;
    return response;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (error instanceof DOMException && error.name === "TimeoutError") throw new ApiError(408);
    offline.value = true;
    throw new ApiError(0);
  }
}

/** A response that is no success, as an error. */
export async function problemOf(response: Response): Promise<ApiError> {
  let problem: Problem = {};
  try {
    if (response.headers.get("Content-Type")?.includes("json")) problem = (await response.json()) as Problem;
  } catch {
    // A broken body tells nothing; the status does.
  }
  return new ApiError(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
