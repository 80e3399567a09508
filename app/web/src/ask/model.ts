/** What the page knows of a conversation, as the API tells it. */

export interface Citation {
  marker: number;
  document_id: string;
  title: string;
  url: string;
  version: number;
  quote: string;
  start: number;
  end: number;
  page: number;
  heading: string;
  source: string;
  key: string;
}

export type TurnState = "running" | "done" | "interrupted" | "cancelled" | "failed";
export type Decision = "" | "answered" | "refused" | "clarify" | "blocked" | "handed_over";

export interface Slot {
  name: string;
  kind: "pattern" | "date" | "phone" | "email" | "contact" | string;
}

export interface Filters {
  sources: string[];
  since: string | null;
}

export interface Standing {
  state: string;
  position?: number;
  agent?: string;
}

/** One question and what became of it. `turn_id` is "" until the server has taken it. */
export interface Turn {
  turn_id: string;
  message: string;
  state: TurnState;
  decision: Decision;
  answer: string;
  question: string;
  language: string;
  reason?: string;
  rule?: string;
  citations: Citation[];
  as_of: Record<string, string>;
  options: string[];
  slot?: Slot;
  withdrawn?: boolean;
  handover?: Standing;
  filters?: Filters;
  created_at: string;
  /** The event after which its stream goes on. */
  lastEventId?: string;
  /** How many passages were found, once known. */
  found?: number;
  /** What is searched does not answer, and is waited for. */
  isWaiting?: boolean;
  /** What the page says where the server could say nothing. */
  trouble?: string;
}

/** What a person wrote in a conversation that was handed over. */
export interface Said {
  id: number | string;
  role: string;
  author: string;
  text: string;
  created_at: string;
}

export interface Conversation {
  id: string;
  state: string;
  agent: string;
  position: number;
  turns: Turn[];
  messages: Said[];
}

export interface Shared {
  title: string;
  owner: string;
  shared_at: string;
  mine: boolean;
  turns: Turn[];
}

export interface ConversationLine {
  id: string;
  title: string;
  turns: number;
  updated_at: string;
}

export interface SourceName {
  name: string;
  documents: number;
  as_of: string | null;
}

/** A turn that was just asked. */
export function newTurn(message: string, filters: Filters): Turn {
  const empty = { turn_id: "", decision: "" as const, answer: "", question: "", language: "" };
  const lists = { citations: [], as_of: {}, options: [] };
  return { ...empty, ...lists, message, state: "running", filters, created_at: new Date().toISOString() };
}

/** A turn as the API gives it, with every list there. */
export function wholeTurn(turn: Partial<Turn>): Turn {
  const known = Object.fromEntries(Object.entries(turn).filter(([, value]) => value !== null && value !== undefined));
  return { ...newTurn("", { sources: [], since: null }), ...known };
}

/** The turn after an event of its stream; `isOver` when no other follows. */
export function afterEvent(turn: Turn, event: string, data: unknown, id: string): { turn: Turn; isOver: boolean } {
  const told = (data ?? {}) as Record<string, unknown>;
  const next: Turn = { ...turn, isWaiting: false, lastEventId: id || turn.lastEventId };
  switch (event) {
    case "turn":
      return { turn: { ...next, turn_id: String(told.turn_id), answer: "" }, isOver: false };
    case "waiting":
      return { turn: { ...next, isWaiting: true }, isOver: false };
    case "sources": {
      const as_of = (told.as_of ?? {}) as Record<string, string>;
      return { turn: { ...next, as_of, found: (told.sources as unknown[] | undefined)?.length }, isOver: false };
    }
    case "delta":
      return { turn: { ...next, answer: next.answer + String(told.text ?? "") }, isOver: false };
    case "replace":
      return { turn: { ...next, answer: String(told.text ?? "") }, isOver: false };
    case "handover":
      return { turn: { ...next, handover: told as unknown as Standing }, isOver: false };
    case "done":
      return { turn: wholeTurn({ ...next, ...(told as Partial<Turn>), state: "done" }), isOver: true };
    case "cancelled":
    case "failed":
    case "interrupted":
      return { turn: { ...next, state: event, reason: String(told.reason ?? "") }, isOver: true };
    default:
      return { turn: next, isOver: false };
  }
}

export type Day = "today" | "yesterday" | "week" | "month" | "older";

/** Conversations by when they were last used, in the order given. */
export function byDay<T extends { updated_at: string }>(lines: readonly T[], now = new Date()): [Day, T[]][] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const days = (line: T) => Math.ceil((midnight - new Date(line.updated_at).getTime()) / 86_400_000);
  const groups = new Map<Day, T[]>();
  for (const line of lines) {
    const ago = days(line);
    const day: Day = ago <= 0 ? "today" : ago <= 1 ? "yesterday" : ago <= 7 ? "week" : ago <= 30 ? "month" : "older";
    groups.set(day, [...(groups.get(day) ?? []), line]);
  }
  return [...groups];
}

/** An answer with its sources as Markdown, to be put into a mail or a document. */
export function withSources(turn: Turn, heading: string): string {
  if (turn.citations.length === 0) return turn.answer;
  const lines = turn.citations.map((one) => {
    const place = [one.heading, one.page ? `p. ${one.page}` : ""].filter(Boolean).join(", ");
    const title = /^https?:/i.test(one.url) ? `[${escaped(one.title)}](${one.url})` : escaped(one.title);
    return `[${one.marker}] ${title}${place ? ` (${escaped(place)})` : ""}: “${one.quote.replace(/\s+/g, " ").trim()}”`;
  });
  return `${turn.answer}\n\n**${heading}**\n\n${lines.join("\n\n")}\n`;
}

function escaped(text: string): string {
  return text.replace(/[[\]]/g, "\\$&");
}
