import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type ApiError, asApiError } from "./errors";

/** What is known of something that is asked for again and again. */
export interface Live<T> {
  /** The newest answer; kept while a later attempt fails. */
  readonly data: T | undefined;
  /** Why the newest attempt failed; undefined when it did not. */
  readonly error: ApiError | undefined;
  /** True until the first answer or failure. */
  readonly loading: boolean;
  readonly updatedAt: Date | undefined;
  /** Ask now; resolves when the answer is there. */
  refresh(): Promise<void>;
  /** Put what a change answered in the place of the data, without asking. */
  set(data: T): void;
}

interface State<T> {
  data?: T;
  error?: ApiError;
  updatedAt?: Date;
}

/**
 * Ask `fetcher` every `seconds` (0: once) while the page is visible; slower, up to a minute, while it fails. It is asked
 * anew whenever `key` changes (filters); the old data stays until the answer comes unless `key` begins with another word.
 */
export function useLive<T>(key: string, fetcher: (signal: AbortSignal) => Promise<T>, seconds = 0): Live<T> {
  const poller = useMemo(() => new Poller<T>(), []);
  poller.fetcher = fetcher;
  useEffect(() => poller.start(key, seconds), [poller, key, seconds]);
  const { data, error, updatedAt } = poller.state.value;
  return {
    data,
    error,
    updatedAt,
    loading: data === undefined && error === undefined,
    refresh: () => poller.ask(),
    set: (next) => poller.set(next),
  };
}

/** How it stands, as a Table shows it. */
export function statusOf<T>(live: Live<T>): { loading: boolean; error: ApiError | undefined; onRetry: () => void } {
  return { loading: live.loading, error: live.error, onRetry: () => void live.refresh() };
}

class Poller<T> {
  fetcher: (signal: AbortSignal) => Promise<T> = () => Promise.reject(new Error("no fetcher"));
  private readonly current = signal<State<T>>({});
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = new AbortController();
  private seconds = 0;
  private failures = 0;
  private subject = "";

  get state(): ReadonlySignal<State<T>> {
    return this.current;
  }

  start(key: string, seconds: number): () => void {
    const subject = key.split(" ")[0] ?? "";
    if (subject !== this.subject) this.current.value = {};
    this.subject = subject;
    this.seconds = seconds;
    this.failures = 0;
    void this.ask();
    const wake = () => {
      if (document.visibilityState === "visible" && (this.seconds > 0 || this.current.value.error)) void this.ask();
    };
    document.addEventListener("visibilitychange", wake);
    globalThis.addEventListener("online", wake);
    return () => {
      document.removeEventListener("visibilitychange", wake);
      globalThis.removeEventListener("online", wake);
      clearTimeout(this.timer);
      this.running.abort();
    };
  }

  set(data: T): void {
    this.running.abort();
    this.current.value = { data, updatedAt: new Date() };
    this.plan();
  }

  async ask(): Promise<void> {
    clearTimeout(this.timer);
    this.running.abort();
    const mine = new AbortController();
    this.running = mine;
    try {
      const data = await this.fetcher(mine.signal);
      if (mine.signal.aborted) return;
      this.failures = 0;
      this.current.value = { data, updatedAt: new Date() };
    } catch (error) {
      if (mine.signal.aborted) return;
      this.failures += 1;
      this.current.value = { ...this.current.value, error: asApiError(error) };
    }
    this.plan();
  }

  private plan(): void {
    clearTimeout(this.timer);
    const passing = this.current.value.error?.isPassing ?? false;
    if (this.seconds <= 0 && !passing) return;
    const wait = this.failures === 0 ? this.seconds : Math.min(60, Math.max(2, this.seconds) * 2 ** this.failures);
    this.timer = setTimeout(() => {
      if (document.visibilityState === "visible") void this.ask();
    }, wait * 1000);
  }
}
