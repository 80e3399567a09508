import { offline, problemOf, requestHeaders } from "./api";
import { ApiError, asApiError } from "./errors";
import { EventParser } from "./event_parser";
import { href } from "./paths";
import { wantSignIn } from "./session";

/** connecting: the first time; open: events come; waiting: lost, tries again by itself; closed: over. */
export type StreamState = "connecting" | "open" | "waiting" | "closed";

export interface StreamOptions {
  method?: "GET" | "POST";
  /** Sent as JSON with the first request; a resumed POST sends `Last-Event-ID` alone. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Go on behind this event (after a reload). */
  lastEventId?: string;
  /** `data` is parsed JSON. Return true when this was the last event: the stream is not taken up again. */
  onEvent: (event: string, data: unknown, id: string) => unknown;
  /** With `waiting` comes why, where the server said so; without, the connection is lost. */
  onState?: (state: StreamState, error?: ApiError) => void;
  /** The stream is over because of an error that waiting does not mend. */
  onError?: (error: ApiError) => void;
}

export interface EventStream {
  close(): void;
}

const SILENCE_MS = 50_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * Read server-sent events until the last one, over as many connections as it takes. The server sends something at least
 * every 15 seconds; silence for 50 counts as lost. Waking the computer or the network ends a wait at once.
 */
export function openStream(path: string, options: StreamOptions): EventStream {
  const reader = new StreamReader(path, options);
  void reader.run();
  return reader;
}

class StreamReader implements EventStream {
  private readonly key = crypto.randomUUID();
  private lastId: string;
  private failures = 0;
  private closed = false;
  private connection = new AbortController();
  private wake: () => void = () => {};

  constructor(
    private readonly path: string,
    private readonly options: StreamOptions,
  ) {
    this.lastId = options.lastEventId ?? "";
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.connection.abort();
    this.wake();
    this.options.onState?.("closed");
  }

  async run(): Promise<void> {
    this.options.onState?.("connecting");
    while (!this.closed) {
      const error = await this.connect();
      if (this.closed) return;
      if (error && !error.isPassing && !(await this.mended(error))) {
        this.options.onError?.(error);
        this.close();
        return;
      }
      this.options.onState?.("waiting", error?.status ? error : undefined);
      await this.wait(error?.retryAfterSeconds ?? 0);
    }
  }

  /** One connection until it ends; why it did, or null when the server ended it. */
  private async connect(): Promise<ApiError | null> {
    this.connection = new AbortController();
    const { method = "GET", body } = this.options;
    const extra: Record<string, string> = { ...this.options.headers, Accept: "text/event-stream" };
    if (this.lastId) extra["Last-Event-ID"] = this.lastId;
    const sendsBody = method === "POST" && body !== undefined && !this.lastId;
    if (sendsBody) Object.assign(extra, { "Content-Type": "application/json", "Idempotency-Key": this.key });
    try {
      const response = await fetch(href(this.path), {
        method,
        headers: requestHeaders(method, extra),
        body: sendsBody ? JSON.stringify(body) : undefined,
        credentials: "same-origin",
        cache: "no-store",
        signal: this.connection.signal,
      });
      if (!response.ok || !response.body) return await problemOf(response);
      offline.value = false;
      this.options.onState?.("open");
      await this.read(response.body);
      return null;
    } catch (error) {
      if (error instanceof StreamHandlerError) return asApiError(error.cause);
      return new ApiError(0);
    }
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new EventParser();
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    let silence = setTimeout(() => this.connection.abort(), SILENCE_MS);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.closed) return;
        clearTimeout(silence);
        silence = setTimeout(() => this.connection.abort(), SILENCE_MS);
        for (const event of parser.push(value)) {
          if (event.id) this.lastId = event.id;
          this.failures = 0;
          if (this.handle(event.event, event.data, event.id)) return this.close();
        }
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private handle(event: string, data: string, id: string): boolean {
    let parsed: unknown = data;
    try {
      parsed = JSON.parse(data);
    } catch {
      // Not JSON: the handler gets the text.
    }
    try {
      return this.options.onEvent(event, parsed, id) === true;
    } catch (error) {
      throw new StreamHandlerError(error);
    }
  }

  private async mended(error: ApiError): Promise<boolean> {
    return error.status === 401 && (await wantSignIn());
  }

  private wait(retryAfterSeconds: number): Promise<void> {
    const backOff = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        document.removeEventListener("visibilitychange", goIfVisible);
        globalThis.removeEventListener("online", go);
        resolve();
      };
      const goIfVisible = () => {
        if (document.visibilityState === "visible") go();
      };
      const timer = setTimeout(go, Math.max(backOff, retryAfterSeconds * 1000));
      document.addEventListener("visibilitychange", goIfVisible);
      globalThis.addEventListener("online", go);
      this.wake = go;
    });
  }
}

/** Wraps what a handler threw, so that a mistake in a page is not taken for a lost connection. */
class StreamHandlerError extends Error {
  constructor(override readonly cause: unknown) {
    super("a handler of events failed");
  }
}
