import { useState } from "preact/hooks";
import { Banner, Button, CodeEditor, Select, TextArea, toast, toastError } from "../../design";
import { api } from "../../lib/api";
import { actionWord } from "./ActionsDialog";
import { t } from "./messages";
import { isObject, STAGES, type Stage, type Verdict, type Version } from "./model";
import { VerdictWords } from "./Verdicts";

export interface UnsavedProps {
  name: string;
  body: string;
  format: Version["format"];
}

/** Judge a message, or facts, by what stands in the editor. */
export function TryRules({ name, body, format }: UnsavedProps) {
  const [stage, setStage] = useState<Stage>("before");
  const [message, setMessage] = useState("");
  const [answer, setAnswer] = useState("");
  const [facts, setFacts] = useState("{}");
  const [verdict, setVerdict] = useState<Verdict>();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    const more = parsed(facts);
    if (!more) return toast(t.notJson, "danger");
    setBusy(true);
    try {
      const given = {
        ...more,
        ...(stage !== "greeting" && message ? { text: message } : {}),
        ...(stage === "after" && answer ? { answer } : {}),
      };
      setVerdict(await api.post<Verdict>(`/v1/rules/${name}/try`, { body, format, facts: given, stage }));
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
        void run();
      }}
    >
      <Select
        label={t.stage}
        value={stage}
        onChange={setStage}
        choices={STAGES.map((one) => ({ value: one, label: t[one] }))}
      />
      {stage !== "greeting" && <TextArea label={t.message} rows={2} value={message} onChange={setMessage} />}
      {stage === "after" && <TextArea label={t.answerText} rows={3} value={answer} onChange={setAnswer} />}
      <details open={stage === "greeting"}>
        <summary>{t.facts}</summary>
        <p class="f-small f-muted">{stage === "greeting" ? t.greetingFactsHint : t.factsHint}</p>
        <CodeEditor label={t.facts} language="json" value={facts} onChange={setFacts} height="10rem" />
      </details>
      <div>
        <Button type="submit" look="primary" icon="play" busy={busy}>
          {t.run}
        </Button>
      </div>
      {verdict && (
        <div class="f-stack" role="status">
          <Banner tone={verdict.actions.length > 0 ? "info" : "success"}>{outcome(verdict)}</Banner>
          {verdict.actions.length > 0 && (
            <>
              <p class="f-muted">{t.why}</p>
              <VerdictWords verdict={verdict} />
            </>
          )}
        </div>
      )}
    </form>
  );
}

/** What becomes of the turn, or of the greeting. */
function outcome(verdict: Verdict): string {
  if (verdict.actions.length === 0) return t.noneFits;
  if (verdict.stage === "greeting") return t.greetsSo;
  return verdict.ending ? t.ends(actionWord(verdict.ending)) : t.goesOn;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.trim() || "{}");
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
