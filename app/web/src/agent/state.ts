/** The inbox, the conversation that is open, and what an agent does with it. */
import { computed, signal } from "@preact/signals";
import { toast, toastError } from "../design";
import { api } from "../lib/api";
import { type ApiError, asApiError } from "../lib/errors";
import { navigate } from "../lib/router";
import { type EventStream, openStream, type StreamState } from "../lib/sse";
import { alertOf } from "./alerts";
import { t } from "./messages";
import { type Line, news, type Suggestion, sections, type View } from "./model";
import { customerName } from "./words";

export const inbox = signal<readonly Line[] | undefined>(undefined);
export const inboxError = signal<ApiError | undefined>(undefined);
export const connection = signal<StreamState>("connecting");
export const search = signal("");
export const view = signal<View | undefined>(undefined);
export const viewError = signal<ApiError | undefined>(undefined);
export const openId = signal("");
export const typing = signal("");
export const busy = signal("");
export const now = signal(Date.now());
export const found = computed(() => sections(inbox.value ?? [], search.value));
export const ordered = computed(() => [...found.value.mine, ...found.value.waiting, ...found.value.others]);
export const calls = computed(
  () => (inbox.value ?? []).filter((line) => line.state === "waiting" || line.unread > 0).length,
);

let inboxStream: EventStream | undefined;
let stream: EventStream | undefined;
let typingEnds: ReturnType<typeof setTimeout> | undefined;
let asking = 0;
let told = 0;
let readUpTo = "";

export function startInbox(): () => void {
  const clock = setInterval(() => {
    now.value = Date.now();
  }, 1000);
  listenToInbox();
  return () => {
    clearInterval(clock);
    inboxStream?.close();
    stream?.close();
  };
}

export function listenToInbox(): void {
  inboxError.value = undefined;
  inboxStream = openStream("/v1/agent/live", {
    onState: (state) => {
      connection.value = state;
    },
    onError: (error) => {
      inboxError.value = error;
    },
    onEvent: (event, data) => {
      if (event === "inbox") receive((data as { conversations: Line[] }).conversations);
    },
  });
}

function receive(lines: readonly Line[]): void {
  if (inbox.value) alertOf(news(inbox.value, lines));
  inbox.value = lines;
}

export function show(id: string): void {
  if (id === openId.value) return;
  openId.value = id;
  stream?.close();
  view.value = viewError.value = undefined;
  typing.value = "";
  if (!id) return;
  void refresh();
  stream = openStream(`/v1/agent/conversations/${id}/live`, {
    onEvent: (event, data) => hear(event, data as Record<string, string>),
  });
}

function hear(event: string, data: Record<string, string>): void {
  if (event === "typing") {
    clearTimeout(typingEnds);
    typing.value = customerName(view.value?.owner_name ?? "");
    typingEnds = setTimeout(() => {
      typing.value = "";
    }, 6000);
  } else {
    if (event === "message" && data.from === "customer") typing.value = "";
    void refresh();
  }
}

export async function refresh(): Promise<void> {
  asking += 1;
  const mine = asking;
  try {
    const next = await api.get<View>(`/v1/agent/conversations/${openId.value}`);
    if (mine !== asking || next.id !== openId.value) return;
    view.value = next;
    viewError.value = undefined;
    tellRead();
  } catch (error) {
    if (mine === asking) viewError.value = asApiError(error);
  }
}

/** Tell the customer that their last message was seen. */
export function tellRead(): void {
  const shown = view.value;
  const last = shown?.turns.at(-1)?.turn_id;
  if (!shown?.mine || !last || last === readUpTo || document.visibilityState !== "visible") return;
  readUpTo = last;
  api.post(`/v1/agent/conversations/${shown.id}/read`, { message_id: last }).catch(() => {
    readUpTo = "";
  });
}

export function tellTyping(): void {
  if (!view.value?.mine || Date.now() - told < 2500) return;
  told = Date.now();
  api.post(`/v1/agent/conversations/${openId.value}/typing`).catch(() => {});
}

export type Deed = "claim" | "give-back" | "close";

/** Do something with the open conversation; a lost race is told, and the page shows how it stands now. */
export async function act(deed: Deed): Promise<boolean> {
  const id = openId.value;
  if (!id || busy.value) return false;
  busy.value = deed;
  try {
    await api.post(`/v1/agent/conversations/${id}/${deed}`);
    toast(deed === "claim" ? t.claimed : deed === "close" ? t.closed : t.givenBack);
    await refresh();
    return true;
  } catch (error) {
    await lost(error);
    return false;
  } finally {
    busy.value = "";
  }
}

export async function send(text: string): Promise<boolean> {
  const id = openId.value;
  busy.value = "reply";
  try {
    await api.post(`/v1/agent/conversations/${id}/reply`, { text });
    await refresh();
    return true;
  } catch (error) {
    await lost(error);
    return false;
  } finally {
    busy.value = "";
  }
}

async function lost(error: unknown): Promise<void> {
  const problem = asApiError(error);
  if (problem.status !== 409) {
    toastError(error);
    return;
  }
  await refresh();
  const taken = view.value?.state === "agent" && !view.value.mine;
  toast(taken ? t.takenBy(view.value?.agent_name ?? "") : t.changed, "info");
}

export async function suggestions(): Promise<Suggestion[]> {
  const answer = await api.post<{ items: Suggestion[] }>(`/v1/agent/conversations/${openId.value}/suggestions`);
  return answer.items;
}

/** Open the next (1) or previous (-1) conversation of the list. */
export function step(by: number): void {
  const lines = ordered.value;
  const at = lines.findIndex((line) => line.id === openId.value);
  const next = lines[at < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, at + by))];
  if (next) void navigate(`/agent/${next.id}`, { replace: openId.value !== "" });
}
