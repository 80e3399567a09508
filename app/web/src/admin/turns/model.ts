export type Decision = "answered" | "refused" | "clarify" | "blocked" | "handed_over";
export type FeedbackState = "open" | "done" | "wont_fix";
export const DECISIONS: readonly Decision[] = ["answered", "refused", "clarify", "blocked", "handed_over"];
export const REASONS = ["wrong", "incomplete", "outdated", "source", "tone", "other"] as const;
export const STATES: readonly FeedbackState[] = ["open", "done", "wont_fix"];

export interface Feedback {
  rating: 1 | -1;
  reason: string;
  comment: string;
  author: string;
  created_at: string;
  state: FeedbackState;
  note: string;
  assignee: string;
  handled_by: string;
  handled_at: string | null;
}

export interface Turn {
  turn_id: string;
  conversation_id: string;
  number: number;
  owner: string;
  channel: string;
  message: string;
  question: string;
  state: string;
  decision: Decision | "";
  reason: string;
  rule: string;
  answer: string;
  confidence: number;
  language: string;
  created_at: string;
  feedback: Feedback | null;
}

export interface Passage {
  number: number;
  score: number;
  withheld: boolean;
  text: string | null;
  in_prompt: number | null;
  document_id?: string;
  version?: number;
  source?: string;
  key?: string;
  title?: string;
  heading?: string;
  page?: number;
  cited?: boolean;
}

export interface RuleTrace {
  stage: "before" | "after";
  ruleset: string;
  version: number;
  rule: string;
  decided: boolean;
}

export interface Citation {
  marker: number;
  document_id: string;
  title: string;
  version: number;
  quote: string;
}

export interface Replay extends Turn {
  previous_turn_id: string | null;
  next_turn_id: string | null;
  searched: string | null;
  confidence_reason: string;
  as_of: Record<string, string>;
  options: string[];
  facts: Record<string, unknown>;
  slots: Record<string, string>;
  rules: RuleTrace[];
  passages: Passage[];
  prompt: { template: string; withheld: number; messages: { role: string; content: string }[] } | null;
  engine: {
    model?: string;
    instead_of?: string;
    prompt_tokens?: number;
    cached_tokens?: number;
    completion_tokens?: number;
    finish_reason?: string;
  };
  unsupported: string[];
  citations: Citation[];
  withdrawn: boolean;
  timings: { stage: Stage; seconds: number }[];
}

export type Stage = "search" | "confidence" | "first_token" | "answer" | "total";

/** Who asked; of visitors whom nobody knows only the beginning. */
export function ownerOf({ owner }: Turn): string {
  return /^visitor-[0-9a-f]{8,}$/.test(owner) ? `${owner.slice(0, 14)}…` : owner || "–";
}

/** One page of turns behind a cursor. */
export interface TurnPage {
  items: Turn[];
  next_cursor: string | null;
}

/** The share of the whole that passed before each stage ended, and how long the stage itself took. */
export function stages(timings: Replay["timings"]): { stage: Stage; from: number; to: number; seconds: number }[] {
  const whole = Math.max(...timings.map((one) => one.seconds), 0);
  let before = 0;
  return timings
    .filter((one) => one.stage !== "total" || timings.length === 1)
    .sort((one, other) => one.seconds - other.seconds)
    .map(({ stage, seconds }) => {
      const from = before;
      before = seconds;
      return { stage, from: share(from, whole), to: share(seconds, whole), seconds: seconds - from };
    });
}

function share(seconds: number, whole: number): number {
  return whole > 0 ? seconds / whole : 0;
}
