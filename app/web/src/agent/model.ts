/** What the inbox and a conversation hold, and how they are put in order. Pure. */
import { customerName, reasonWords } from "./words";

export interface Line {
  id: string;
  owner: string;
  owner_name: string;
  channel: string;
  language: string;
  title: string;
  state: "waiting" | "agent";
  agent: string;
  agent_name: string;
  mine: boolean;
  reason: string;
  state_since: string;
  until: string;
  last_message: string;
  last_message_at: string;
  unread: number;
}

export interface Citation {
  marker: number;
  title: string;
  url?: string;
  quote: string;
  customer_may_read?: boolean;
}

export interface Turn {
  turn_id: string;
  number: number;
  message: string;
  state: string;
  question: string;
  decision: string;
  answer: string;
  confidence: number;
  created_at: string;
  citations?: Citation[];
  rule?: string;
}

export interface Message {
  id: number;
  name: string;
  text: string;
  created_at: string;
}

export interface Earlier {
  id: string;
  title: string;
  turns: number;
  updated_at: string;
}

export interface View {
  id: string;
  owner: string;
  owner_name: string;
  email: string;
  channel: string;
  language: string;
  title: string;
  state: "bot" | "waiting" | "agent" | "back" | "closed";
  agent: string;
  agent_name: string;
  mine: boolean;
  is_signed: boolean;
  reason: string;
  summary: string;
  until: string | null;
  created_at: string;
  slots: Record<string, string>;
  turns: Turn[];
  messages: Message[];
  earlier: Earlier[];
  read: { customer: { message_id: number | string; at: string } | null };
}

export interface Suggestion {
  text: string;
  citations: Citation[];
  confidence: number;
}

export type Said =
  | { kind: "customer"; key: string; at: string; turn: Turn }
  | { kind: "bot"; key: string; at: string; turn: Turn }
  | { kind: "agent"; key: string; at: string; message: Message };

export interface Sections {
  mine: Line[];
  waiting: Line[];
  others: Line[];
}

/** The lines on which every word of `query` is shown, by whom they are with; in the order of the inbox. */
export function sections(lines: readonly Line[], query: string): Sections {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = lines.filter((line) => {
    const shown = [
      customerName(line.owner_name),
      line.title,
      line.last_message,
      reasonWords(line.reason),
      line.agent_name,
    ];
    const text = shown.join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return {
    mine: found.filter((line) => line.mine),
    waiting: found.filter((line) => line.state === "waiting"),
    others: found.filter((line) => line.state === "agent" && !line.mine),
  };
}

/** Everything said, in order: each turn is the customer's message and what the assistant answered. */
export function timeline(view: View): Said[] {
  const said: Said[] = [];
  for (const turn of view.turns) {
    said.push({ kind: "customer", key: `c${turn.turn_id}`, at: turn.created_at, turn });
    if (turn.answer || turn.state === "running") {
      said.push({ kind: "bot", key: `b${turn.turn_id}`, at: turn.created_at, turn });
    }
  }
  for (const message of view.messages) {
    said.push({ kind: "agent", key: `a${message.id}`, at: message.created_at, message });
  }
  return said
    .filter((one) => one.kind !== "customer" || one.turn.message !== "")
    .map((one, index) => ({ one, index }))
    .sort((a, b) => Date.parse(a.one.at) - Date.parse(b.one.at) || a.index - b.index)
    .map(({ one }) => one);
}

/** Seconds as 4:05, or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** A suggested answer as it is put into the reply: without the markers of its sources. */
export function withoutMarkers(text: string): string {
  return text.replace(/\s*\[\d+\]/g, "").trim();
}

export interface News {
  waiting: Line[];
  written: Line[];
}

/** Who waits newly, and which of one's own conversations have more unread messages than before. */
export function news(before: readonly Line[], after: readonly Line[]): News {
  const known = new Map(before.map((line) => [line.id, line]));
  return {
    waiting: after.filter((line) => line.state === "waiting" && known.get(line.id)?.state !== "waiting"),
    written: after.filter((line) => line.mine && line.unread > (known.get(line.id)?.unread ?? 0)),
  };
}
