import { EventParser } from "../lib/event_parser";
import { type Client, Refused } from "./client";

export interface StreamRequest {
  path: string;
  method?: "GET" | "POST";
  /** Sent with the first request under `key`; whoever resumes sends `Last-Event-ID` alone. */
  body?: unknown;
  key?: string;
  lastId?: string;
  /** Returns true for the last event. */
  onEvent: (event: string, data: Record<string, unknown>, id: string) => boolean;
  onConnected?: (connected: boolean) => void;
  onRefused: (refused: Refused) => void;
}

const SILENCE_MS = 50_000;
const LONGEST_WAIT_MS = 15_000;

/** Reads a stream over as many connections as it takes; sleep and lost networks end a wait at once. Returns its end. */
export function stream(client: Client, request: StreamRequest): () => void {
  let closed = false;
  let connection = new AbortController();
  let wake = () => {};
  const state = { lastId: request.lastId ?? "", failures: 0 };

  const run = async () => {
    while (!closed) {
      connection = new AbortController();
      const refused = await attempt(client, request, state, connection);
      if (refused === null || closed) return;
      if (!refused.isPassing) {
        closed = true;
        request.onRefused(refused);
        return;
      }
      request.onConnected?.(false);
      const pause = Math.min(LONGEST_WAIT_MS, 400 * 2 ** state.failures) * (0.75 + Math.random() / 2);
      state.failures += 1;
      await rest(pause, (early) => {
        wake = early;
      });
    }
  };
  void run();
  return () => {
    closed = true;
    connection.abort();
    wake();
  };
}

/** One connection; null when the last event came, else why it ended. */
async function attempt(
  client: Client,
  request: StreamRequest,
  state: { lastId: string; failures: number },
  connection: AbortController,
): Promise<Refused | null> {
  try {
    return (await connect(client, request, state, connection)) ? null : new Refused(0);
  } catch (error) {
    return error instanceof Refused ? error : new Refused(0);
  }
}

/** One connection; true when the last event came. Raises Refused. */
async function connect(
  client: Client,
  request: StreamRequest,
  state: { lastId: string; failures: number },
  connection: AbortController,
): Promise<boolean> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (state.lastId) headers["Last-Event-ID"] = state.lastId;
  const init: RequestInit & { headers: Record<string, string> } = {
    method: request.method ?? "GET",
    headers,
    signal: connection.signal,
  };
  if (request.body !== undefined && !state.lastId) {
    headers["Content-Type"] = "application/json";
    if (request.key) headers["Idempotency-Key"] = request.key;
    init.body = JSON.stringify(request.body);
  }
  const answer = await client.fetch(request.path, init);
  if (!answer.body) throw new Refused(0);
  request.onConnected?.(true);
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  let silence = setTimeout(() => connection.abort(), SILENCE_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), SILENCE_MS);
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        if (event.id) state.lastId = event.id;
        state.failures = 0;
        if (request.onEvent(event.event, parsed(event.data), event.id)) return true;
      }
    }
  } finally {
    clearTimeout(silence);
    connection.abort();
  }
}

function parsed(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function rest(milliseconds: number, onWake: (early: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
      globalThis.removeEventListener("online", go);
      resolve();
    };
    const shown = () => {
      if (!document.hidden) go();
    };
    const timer = setTimeout(go, milliseconds);
    document.addEventListener("visibilitychange", shown);
    globalThis.addEventListener("online", go);
    onWake(go);
  });
}
