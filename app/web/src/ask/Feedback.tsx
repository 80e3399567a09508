import { useState } from "preact/hooks";
import { Button, Chip, Dialog, IconButton, TextArea, toast, toastError } from "../design";
import { api } from "../lib/api";
import { t } from "./messages";
import type { Turn } from "./model";

const REASONS = ["wrong", "incomplete", "outdated", "source", "tone", "other"] as const;
type Reason = (typeof REASONS)[number];

/** Thumbs; the one down asks why. */
export function Feedback({ turn }: { turn: Turn }) {
  const [rating, setRating] = useState(0);
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState<Reason | "">("");
  const [comment, setComment] = useState("");
  const rate = async (value: 1 | -1) => {
    try {
      await api.post("/v1/feedback", {
        turn_id: turn.turn_id,
        rating: value,
        ...(value < 0 ? { reason, comment } : {}),
      });
      setRating(value);
      setAsking(false);
      toast(t.thanks);
    } catch (error) {
      toastError(error);
    }
  };
  const names: Record<Reason, string> = {
    wrong: t.wrong,
    incomplete: t.incomplete,
    outdated: t.outdated,
    source: t.reasonSource,
    tone: t.tone,
    other: t.other,
  };
  const send = () => void rate(-1);
  return (
    <>
      <IconButton size="small" icon="thumbs-up" label={t.good} aria-pressed={rating > 0} onClick={() => void rate(1)} />
      <IconButton
        size="small"
        icon="thumbs-down"
        label={t.bad}
        aria-pressed={rating < 0}
        onClick={() => setAsking(true)}
      />
      <Dialog
        open={asking}
        title={t.feedbackTitle}
        onClose={() => setAsking(false)}
        onSubmit={send}
        footer={
          <Button look="primary" type="submit">
            {t.sendFeedback}
          </Button>
        }
      >
        <div class="f-stack">
          <fieldset class="f-row f-row-wrap" aria-label={t.reasons}>
            {REASONS.map((one) => (
              <Chip key={one} label={names[one]} pressed={reason === one} onClick={() => setReason(one)} />
            ))}
          </fieldset>
          <TextArea label={t.comment} optional rows={3} maxLength={4000} value={comment} onChange={setComment} />
        </div>
      </Dialog>
    </>
  );
}
