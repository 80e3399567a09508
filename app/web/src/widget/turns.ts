/** What the conversation shows, and how events and the transcript become it. Pure. */

export interface Source {
  marker: number;
  title: string;
  url: string;
  quote: string;
}

export interface Slot {
  name: string;
  kind: string;
}

/** What the visitor wrote. */
export interface Mine {
  kind: "mine";
  id: string;
  text: string;
  at: string;
  state: "sending" | "sent" | "read" | "failed";
}

/** What the assistant answers; `state` is "writing" until its last event. */
export interface Answer {
  kind: "answer";
  id: string;
  text: string;
  at: string;
  state: "writing" | "done" | "broken";
  decision: string;
  sources: Source[];
  options: string[];
  slot: Slot | null;
  withdrawn: boolean;
  rating: 0 | 1 | -1;
}

/** What a person of the service wrote. */
export interface Theirs {
  kind: "theirs";
  id: string;
  name: string;
  text: string;
  at: string;
}

export type Item = Mine | Answer | Theirs;

/** Who has the conversation. */
export interface Standing {
  state: "bot" | "waiting" | "agent" | "back" | "closed";
  position: number;
  agent: string;
}

type Json = Record<string, unknown>;

export function emptyAnswer(id: string, at: string): Answer {
  return {
    kind: "answer",
    id,
    text: "",
    at,
    state: "writing",
    decision: "",
    sources: [],
    options: [],
    slot: null,
    withdrawn: false,
    rating: 0,
  };
}

/** The answer after one event of its stream; events that say nothing about it leave it as it is. */
export function afterEvent(answer: Answer, event: string, data: Json): Answer {
  switch (event) {
    case "turn":
      return { ...answer, id: text(data.turn_id) || answer.id };
    case "delta":
      return { ...answer, text: answer.text + text(data.text) };
    case "replace":
      return { ...answer, text: text(data.text) };
    case "done":
      return finished(answer, data);
    case "interrupted":
    case "cancelled":
    case "failed":
      return { ...answer, state: "broken" };
    default:
      return answer;
  }
}

/** Whether no event follows. */
export function isLast(event: string): boolean {
  return event === "done" || event === "interrupted" || event === "cancelled" || event === "failed";
}

function finished(answer: Answer, data: Json): Answer {
  return {
    ...answer,
    id: text(data.turn_id) || answer.id,
    text: text(data.answer),
    state: "done",
    decision: text(data.decision),
    sources: sourcesOf(data.citations),
    options: list(data.options).filter((one): one is string => typeof one === "string"),
    slot: slotOf(data.slot),
    withdrawn: Boolean(data.withdrawn && list(data.withdrawn).length > 0),
  };
}

/** The items of `GET /v1/conversations/{id}`, oldest first; a turn that runs is an answer that is being written. */
export function fromTranscript(view: Json): Item[] {
  const items: Item[] = [];
  for (const one of list(view.turns) as Json[]) {
    const at = text(one.created_at);
    items.push({ kind: "mine", id: `m${text(one.turn_id)}`, text: text(one.message), at, state: "sent" });
    const started = emptyAnswer(text(one.turn_id), at);
    if (one.state === "running") items.push(started);
    else if (one.state !== "done") items.push({ ...started, state: "broken" });
    else if (text(one.answer)) items.push(finished(started, one));
  }
  for (const one of list(view.messages) as Json[]) items.push(theirs(one));
  const order = new Map(items.map((item, index) => [item, index]));
  return items
    .sort((a, b) => a.at.localeCompare(b.at) || (order.get(a) ?? 0) - (order.get(b) ?? 0))
    .filter((item) => item.kind !== "theirs" || item.text);
}

/** A message of a person, of the transcript or of the live stream. */
export function theirs(one: Json): Theirs {
  const id = String(one.message_id ?? one.id ?? "");
  return {
    kind: "theirs",
    id: `p${id}`,
    name: text(one.name ?? one.author),
    text: text(one.text),
    at: text(one.at ?? one.created_at),
  };
}

/** Who has the conversation, of the transcript or of the live stream. */
export function standingOf(data: Json): Standing {
  const agent = data.agent as { name?: unknown } | string | null | undefined;
  const name = typeof agent === "string" ? agent : text(agent?.name);
  const state = text(data.state) as Standing["state"];
  return { state: state || "bot", position: Number(data.position) || 0, agent: name };
}

function sourcesOf(citations: unknown): Source[] {
  return (list(citations) as Json[]).map((one) => ({
    marker: Number(one.marker) || 0,
    title: text(one.title),
    url: text(one.url),
    quote: text(one.quote),
  }));
}

function slotOf(given: unknown): Slot | null {
  const slot = given as Json | null | undefined;
  return slot && typeof slot === "object" ? { name: text(slot.name), kind: text(slot.kind) } : null;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
