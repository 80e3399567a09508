/** The conversation on the page: what was said, the answer that is being written, and everything one can do to it. */
import { computed, signal } from "@preact/signals";
import { api } from "../lib/api";
import { type ApiError, asApiError } from "../lib/errors";
import { navigate } from "../lib/router";
import { type EventStream, openStream, type StreamState } from "../lib/sse";
import { drafts, persisted } from "../lib/store";
import {
  afterEvent,
  type Conversation,
  type Filters,
  newTurn,
  type Said,
  type Standing,
  type Turn,
  wholeTurn,
} from "./model";

const RUNNING = "ask.running";

export const conversationId = signal("");
export const turns = signal<readonly Turn[]>([]);
export const said = signal<readonly Said[]>([]);
export const standing = signal<Standing>({ state: "bot" });
export const typing = signal("");
export const connection = signal<StreamState>("closed");
/** Whether the server is there, and says that it cannot answer yet. */
export const isBusy = signal(false);
export const loadingError = signal<ApiError | undefined>(undefined);
export const loading = signal(false);
export const editing = signal(false);
export const draft = signal(drafts.read("ask"));
/** Rises when the list of conversations may have changed. */
export const listVersion = signal(0);

const isFilters = (value: unknown): value is Filters =>
  typeof value === "object" && value !== null && Array.isArray((value as Filters).sources);
/** `since` is kept as a number of days, so that "the last week" stays the last week. */
export const filters = persisted<Filters>("ask.filters", { sources: [], since: null }, isFilters);

export const running = computed(() => turns.value.find((turn) => turn.state === "running"));
export const isWithPerson = computed(() => ["waiting", "agent"].includes(standing.value.state));

let stream: EventStream | undefined;
let live: EventStream | undefined;
let opening = 0;

export function setDraft(text: string): void {
  draft.value = text;
  drafts.write("ask", text);
}

/** The turn that was being written when the page was left, if any. */
export function leftRunning(): string {
  return drafts.read(RUNNING);
}

/** Show a conversation; "" is a new one. */
export async function open(id: string): Promise<void> {
  if (id === conversationId.value && (turns.value.length > 0 || !id)) return;
  leave();
  conversationId.value = id;
  if (id) await reload();
}

export async function reload(): Promise<void> {
  const mine = ++opening;
  loading.value = turns.value.length === 0;
  loadingError.value = undefined;
  try {
    const view = await api.get<Conversation>(`/v1/conversations/${conversationId.value}`);
    if (mine !== opening) return;
    turns.value = view.turns.map(wholeTurn);
    said.value = view.messages;
    standing.value = { state: view.state, agent: view.agent, position: view.position };
    const left = running.value;
    if (left) follow(left.turn_id, undefined, `${left.turn_id}.0`);
    listen();
  } catch (error) {
    if (mine === opening) loadingError.value = asApiError(error);
  } finally {
    if (mine === opening) loading.value = false;
  }
}

function leave(): void {
  opening += 1;
  stream?.close();
  live?.close();
  stream = live = undefined;
  turns.value = [];
  said.value = [];
  standing.value = { state: "bot" };
  typing.value = "";
  loadingError.value = undefined;
  editing.value = false;
  loading.value = false;
}

/** Ask; the last turn makes room where it is being edited. */
export function ask(message: string, wanted: Filters = filters.value): void {
  const text = message.trim();
  if (!text || running.value) return;
  const replaced = editing.value ? turns.value.at(-1) : undefined;
  editing.value = false;
  turns.value = [...(replaced ? turns.value.slice(0, -1) : turns.value), newTurn(text, wanted)];
  const body = {
    message: text,
    channel: "ask",
    ...(conversationId.value ? { conversation_id: conversationId.value } : {}),
    ...(wanted.sources.length ? { sources: wanted.sources } : {}),
    ...(wanted.since ? { since: sinceOf(wanted.since) } : {}),
    ...(replaced?.turn_id ? { replaces: replaced.turn_id } : {}),
  };
  follow("", body);
}

function sinceOf(days: string): string {
  return new Date(Date.now() - Number(days) * 86_400_000).toISOString();
}

/** Ask the last question once more, in its place. */
export function askAgain(wanted: Filters = filters.value): void {
  const last = turns.value.at(-1);
  if (!last || running.value) return;
  editing.value = last.turn_id !== "";
  if (!last.turn_id) turns.value = turns.value.slice(0, -1);
  ask(last.message, wanted);
}

/** Put the last question into the field; sending it replaces its turn. */
export function edit(): void {
  const last = turns.value.at(-1);
  if (!last?.turn_id || running.value || isWithPerson.value) return;
  editing.value = true;
  setDraft(last.message);
}

export function stopEditing(): void {
  editing.value = false;
  setDraft("");
}

export async function stop(): Promise<void> {
  const turn = running.value;
  if (!turn) return;
  if (turn.turn_id) await api.post(`/v1/chat/${turn.turn_id}/stop`);
  else finish({ ...turn, state: "cancelled" });
}

function change(make: (turn: Turn) => Turn): void {
  turns.value = turns.value.map((turn) => (turn.state === "running" ? make(turn) : turn));
}

function finish(turn: Turn): void {
  change(() => turn);
  drafts.write(RUNNING, "");
  stream?.close();
  stream = undefined;
  listVersion.value += 1;
}

function follow(turnId: string, body?: unknown, lastEventId?: string): void {
  stream?.close();
  if (turnId) drafts.write(RUNNING, conversationId.value);
  stream = openStream("/v1/chat", {
    method: "POST",
    body,
    lastEventId,
    onState: (state, error) => {
      connection.value = state;
      isBusy.value = error !== undefined;
    },
    onEvent: heard,
    onError: (error) => {
      const turn = running.value;
      if (turn) finish({ ...turn, state: "failed", trouble: error.sentence });
    },
  });
}

function heard(event: string, data: unknown, id: string): boolean {
  const before = running.value;
  if (!before) return true;
  const { turn, isOver } = afterEvent(before, event, data, id);
  if (event === "turn") taken((data as { conversation_id: string }).conversation_id);
  if (turn.handover) standing.value = turn.handover;
  if (isOver) {
    finish(turn);
    if (turn.decision === "handed_over") listen();
  } else change(() => turn);
  return isOver;
}

/** The server has the question: the field is emptied only now, and a new conversation has its address. */
function taken(id: string): void {
  const message = running.value?.message;
  if (draft.value.trim() === message) setDraft("");
  drafts.write(RUNNING, id);
  if (conversationId.value === id) return;
  conversationId.value = id;
  listVersion.value += 1;
  void navigate(`/ask/c/${id}`, { replace: true });
}

interface LiveMessage {
  message_id: number | string;
  from: string;
  name: string;
  text: string;
  at: string;
}

/** Hear what a person says, while one has the conversation. */
function listen(): void {
  if (!isWithPerson.value || live) return;
  live = openStream(`/v1/conversations/${conversationId.value}/live`, {
    onEvent: (event, data) => {
      if (event === "state") stands(data as { state: string; position: number; agent: { name: string } | null });
      if (event === "message") says(data as LiveMessage);
      if (event === "typing") types(data as { from: string; name: string; until: string });
      return event === "state" && !isWithPerson.value;
    },
    onError: () => {
      live = undefined;
    },
  });
}

function stands(told: { state: string; position: number; agent: { name: string } | null }): void {
  standing.value = { state: told.state, position: told.position, agent: told.agent?.name ?? "" };
  if (!isWithPerson.value) live = undefined;
}

function says(message: LiveMessage): void {
  typing.value = "";
  if (message.from !== "agent" || said.value.some((one) => String(one.id) === String(message.message_id))) return;
  const one = {
    id: message.message_id,
    role: "agent",
    author: message.name,
    text: message.text,
    created_at: message.at,
  };
  said.value = [...said.value, one];
}

function types(told: { from: string; name: string; until: string }): void {
  if (told.from !== "agent") return;
  typing.value = told.name || " ";
  const left = new Date(told.until).getTime() - Date.now();
  setTimeout(
    () => {
      typing.value = "";
    },
    Math.min(Math.max(left, 500), 10_000),
  );
}
