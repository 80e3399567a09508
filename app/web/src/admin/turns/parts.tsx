import { Badge, type Tone } from "../../design";
import { t } from "./messages";
import type { Decision, Feedback, FeedbackState } from "./model";

const TONES: Record<Decision, Tone> = {
  answered: "success",
  refused: "warning",
  clarify: "info",
  blocked: "danger",
  handed_over: "accent",
};
const STATE_TONES: Record<FeedbackState, Tone> = { open: "warning", done: "success", wont_fix: "neutral" };

/** What was decided, in a word. */
export function DecisionBadge({ decision }: { decision: Decision | "" }) {
  return decision ? <Badge tone={TONES[decision]}>{t[decision]}</Badge> : <Badge>{t.none}</Badge>;
}

/** Whether it helped, why not, and whether somebody has looked. */
export function FeedbackBadge({ feedback, withState }: { feedback: Feedback | null; withState?: boolean }) {
  if (!feedback) return <span class="f-muted">–</span>;
  const reason = reasonOf(feedback.reason);
  return (
    <span class="f-row">
      <Badge tone={feedback.rating > 0 ? "success" : "danger"}>
        {feedback.rating > 0 ? t.good : t.bad}
        {reason && ` · ${reason}`}
      </Badge>
      {withState && <Badge tone={STATE_TONES[feedback.state]}>{t[feedback.state]}</Badge>}
    </span>
  );
}

/** The words for a reason; "" where none was given. */
export function reasonOf(reason: string): string {
  const words: Record<string, string> = {
    wrong: t.wrong,
    incomplete: t.incomplete,
    outdated: t.outdated,
    source: t.source,
    tone: t.tone,
    other: t.other,
  };
  return words[reason] ?? reason;
}
