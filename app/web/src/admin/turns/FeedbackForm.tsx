import { useState } from "preact/hooks";
import { Button, Card, DateTime, Select, TextArea, TextField, toast, toastError } from "../../design";
import { api } from "../../lib/api";
import { session } from "../../lib/session";
import { t } from "./messages";
import { type Feedback, type FeedbackState, STATES } from "./model";
import { FeedbackBadge } from "./parts";

interface FeedbackFormProps {
  turn: string;
  feedback: Feedback | null;
  onChanged: (feedback: Feedback) => void;
}

/** What somebody thought of the answer, and what is done about it. */
export function FeedbackForm({ turn, feedback, onChanged }: FeedbackFormProps) {
  return (
    <Card title={t.feedback}>
      {feedback ? <Form turn={turn} feedback={feedback} onChanged={onChanged} /> : <p class="f-muted">{t.unrated}</p>}
    </Card>
  );
}

function Form({ turn, feedback, onChanged }: FeedbackFormProps & { feedback: Feedback }) {
  const [state, setState] = useState<FeedbackState>(feedback.state);
  const [note, setNote] = useState(feedback.note);
  const [assignee, setAssignee] = useState(feedback.assignee);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      onChanged(await api.patch<Feedback>(`/v1/feedback/${turn}`, { state, note, assignee }));
      toast(t.saved);
    } catch (error) {
      toastError(error);
    }
    setBusy(false);
  };
  return (
    <form
      class="f-stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div class="f-row f-row-wrap">
        <FeedbackBadge feedback={feedback} />
        <span class="f-muted">
          {feedback.author} · <DateTime at={feedback.created_at} />
        </span>
      </div>
      {feedback.comment && <blockquote class="a-quote">{feedback.comment}</blockquote>}
      <Select
        label={t.state}
        value={state}
        onChange={setState}
        choices={STATES.map((value) => ({ value, label: t[value] }))}
      />
      <TextField label={t.assignee} value={assignee} onChange={setAssignee} />
      {session.value && assignee !== session.value.user && (
        <div>
          <Button size="small" icon="user" onClick={() => setAssignee(session.value?.user ?? "")}>
            {t.mine}
          </Button>
        </div>
      )}
      <TextArea label={t.note} hint={t.noteHint} rows={3} value={note} onChange={setNote} />
      <div class="f-row f-row-wrap">
        <Button type="submit" look="primary" busy={busy}>
          {t.save}
        </Button>
        {feedback.handled_by && <span class="f-small f-muted">{t.handled(feedback.handled_by)}</span>}
      </div>
    </form>
  );
}
