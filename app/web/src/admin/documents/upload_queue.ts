import { signal } from "@preact/signals";
import { api } from "../../lib/api";
import { ApiError, asApiError } from "../../lib/errors";
import type { DocumentRow, Limits } from "./model";

export type ItemState = "refused" | "waiting" | "sending" | "paused" | "working" | "ready" | "failed" | "cancelled";

/** One file on its way; `sent` counts bytes. */
export interface Item {
  id: number;
  name: string;
  path: string;
  size: number;
  state: ItemState;
  sent: number;
  /** Why it was refused or failed. */
  reason: string;
  document?: DocumentRow;
}

/** A file and where it lies below the folder that was chosen. */
export interface Chosen {
  file: File;
  path: string;
}

export interface Destination {
  readers: readonly string[];
  /** Replace this document: its name and key count, not the file's own. */
  replaces?: { filename: string; key: string; title?: string };
}

const AT_ONCE = 3;
const PIECE = 4 * 1024 * 1024;
const FINAL = new Set(["ready", "failed", "dropped", "deleted"]);

export const items = signal<readonly Item[]>([]);

interface Task {
  file: File;
  destination: Destination;
  cancel: AbortController;
}

const tasks = new Map<number, Task>();
let last = 0;
let sending = 0;
let watching = false;

/** Why a file is not worth sending; "" when it is. The words come from the page. */
export function refusal(
  file: { name: string; size: number },
  limits: Limits,
  words: { empty: string; tooLarge: (limit: number) => string; kind: (ending: string) => string },
): string {
  const ending = /\.[^.]+$/.exec(file.name.toLowerCase())?.[0] ?? "";
  if (file.size === 0) return words.empty;
  if (file.size > limits.max_file_bytes) return words.tooLarge(limits.max_file_bytes);
  return limits.refused_extensions.includes(ending) ? words.kind(ending) : "";
}

/** Put files into the queue; `reasons` holds those that are refused before anything is sent. */
export function enqueue(chosen: readonly Chosen[], destination: Destination, reasonOf: (file: File) => string): void {
  const added = chosen.map(({ file, path }): Item => {
    last += 1;
    const reason = reasonOf(file);
    if (!reason) tasks.set(last, { file, destination, cancel: new AbortController() });
    const state = reason ? "refused" : "waiting";
    return { id: last, name: file.name, path, size: file.size, state, sent: 0, reason };
  });
  items.value = [...items.value, ...added];
  pump();
}

/** Give a file up; what has come is forgotten by the server within a day. */
export function cancel(id: number): void {
  tasks.get(id)?.cancel.abort();
  tasks.delete(id);
  change(id, { state: "cancelled" });
}

/** Send a file that failed again. */
export function retry(id: number): void {
  const task = tasks.get(id);
  if (!task) return;
  task.cancel = new AbortController();
  change(id, { state: "waiting", sent: 0, reason: "" });
  pump();
}

/** Take what is done off the list. */
export function clearDone(): void {
  const done = new Set(["ready", "refused", "failed", "cancelled"]);
  for (const item of items.value) if (done.has(item.state)) tasks.delete(item.id);
  items.value = items.value.filter((item) => !done.has(item.state));
}

/** Whether leaving the page would lose something. */
export function isBusy(): boolean {
  return items.value.some((item) => ["waiting", "sending", "paused"].includes(item.state));
}

function change(id: number, changes: Partial<Item>): void {
  items.value = items.value.map((item) => (item.id === id ? { ...item, ...changes } : item));
}

function pump(): void {
  for (const item of items.value) {
    const task = tasks.get(item.id);
    if (sending >= AT_ONCE) return;
    if (item.state !== "waiting" || !task) continue;
    sending += 1;
    change(item.id, { state: "sending" });
    void send(item, task).finally(() => {
      sending -= 1;
      pump();
    });
  }
}

async function send(item: Item, task: Task): Promise<void> {
  try {
    const document = await transfer(item, task);
    change(item.id, { state: "working", sent: item.size, document });
    void watch();
  } catch (error) {
    if (task.cancel.signal.aborted) return;
    change(item.id, { state: "failed", reason: asApiError(error).sentence });
  }
}

async function transfer(item: Item, { file, destination, cancel: { signal } }: Task): Promise<DocumentRow> {
  const { replaces } = destination;
  const about = {
    filename: replaces?.filename ?? file.name,
    path: replaces?.key ?? item.path,
    size_bytes: file.size,
    content_type: file.type,
    readers: destination.readers,
    title: replaces?.title ?? "",
  };
  const upload = await patiently(item.id, signal, () =>
    api.post<{ id: string; offset: number }>("/v1/uploads", about, { signal }),
  );
  let offset = upload.offset;
  while (offset < file.size) {
    const piece = file.slice(offset, offset + PIECE);
    const headers = { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" };
    await patiently(item.id, signal, async () => {
      // After a lost connection the server knows best how much has come.
      const standing = await api.get<{ offset: number }>(`/v1/uploads/${upload.id}`, { signal });
      if (standing.offset !== offset) return;
      await api.raw("PATCH", `/v1/uploads/${upload.id}`, piece, { headers, signal, timeoutSeconds: 300 });
    });
    offset += piece.size;
    change(item.id, { sent: offset });
  }
  return patiently(item.id, signal, () =>
    api.post<DocumentRow>(`/v1/uploads/${upload.id}/complete`, undefined, { signal, timeoutSeconds: 120 }),
  );
}

/** Try until it succeeds or fails for a reason that waiting does not mend; the file shows that it waits. */
async function patiently<T>(id: number, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const result = await act();
      if (attempt > 0) change(id, { state: "sending" });
      return result;
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError) || !error.isPassing) throw error;
      change(id, { state: "paused" });
      await pause(Math.max(error.retryAfterSeconds, Math.min(15, 2 ** attempt)) * 1000, signal);
    }
  }
}

/** Ask for the documents that are being read and indexed until each has ended. */
async function watch(): Promise<void> {
  if (watching) return;
  watching = true;
  try {
    for (;;) {
      const working = items.value.filter((item) => item.state === "working");
      if (working.length === 0) return;
      for (const item of working) await look(item);
      await pause(1200);
    }
  } finally {
    watching = false;
  }
}

async function look(item: Item): Promise<void> {
  if (!item.document) return;
  try {
    const document = await api.get<DocumentRow>(`/v1/documents/${item.document.id}`);
    if (!FINAL.has(document.state)) return change(item.id, { document });
    const ready = document.state === "ready";
    change(item.id, { document, state: ready ? "ready" : "failed", reason: document.reason ?? "" });
    if (ready) tasks.delete(item.id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) change(item.id, { state: "cancelled" });
  }
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
