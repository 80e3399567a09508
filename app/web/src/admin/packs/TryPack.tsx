import { useState } from "preact/hooks";
import { Banner, Button, Diff, Select, TextArea, toastError } from "../../design";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
import { t } from "./messages";

interface Tried {
  action: "keep" | "drop" | "reject";
  reason: string;
  before: { title: string; text: string };
  after: { title: string; text: string };
  findings: { step: string; message: string }[];
  as_parsed: boolean;
}

interface Listed {
  documents: { id: string; title: string; key: string }[];
}

/** Run the pack as it stands in the editor on a document or a text, and show what it changes. */
export function TryPack({ name, body }: { name: string; body: string }) {
  const query = { limit: 50, sort: "updated_at", descending: true, state: "ready" };
  const documents = useLive("try-documents", () => api.get<Listed>("/v1/documents", { query }));
  const [chosen, setChosen] = useState("");
  const [text, setText] = useState("");
  const [tried, setTried] = useState<Tried>();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      const what = chosen ? { document_id: chosen } : { text };
      setTried(await api.post<Tried>(`/v1/cleaning-packs/${name}/try`, { pack: body, ...what }));
    } catch (error) {
      toastError(error);
    }
    setBusy(false);
  };
  const choices = (documents.data?.documents ?? []).map((one) => ({ value: one.id, label: one.title || one.key }));
  return (
    <div class="f-stack">
      <Select
        label={t.document}
        hint={t.documentHint}
        value={chosen}
        onChange={setChosen}
        choices={[{ value: "", label: t.ownText }, ...choices]}
      />
      {!chosen && <TextArea label={t.text} rows={6} value={text} onChange={setText} />}
      <div>
        <Button look="primary" icon="play" busy={busy} disabled={!chosen && !text} onClick={() => void run()}>
          {t.run}
        </Button>
      </div>
      {tried && <Outcome tried={tried} />}
    </div>
  );
}

function Outcome({ tried }: { tried: Tried }) {
  const words = { keep: t.kept, drop: t.dropped, reject: t.rejected };
  const whole = ({ title, text }: Tried["before"]) => `${title}\n\n${text}`;
  return (
    <div class="f-stack">
      <Banner tone={tried.action === "keep" ? "success" : "warning"}>
        {words[tried.action]}
        {tried.reason && `: ${tried.reason}`}
      </Banner>
      {!tried.as_parsed && <Banner>{t.cleanedBefore}</Banner>}
      <Diff before={whole(tried.before)} after={whole(tried.after)} height="32rem" />
      <h3>{t.findings}</h3>
      {tried.findings.length === 0 && <p class="f-muted">{t.nothing}</p>}
      <ul class="f-stack f-stack-tight">
        {tried.findings.map((one, index) => (
          <li key={`${index} ${one.step}`}>
            <span class="f-code">{one.step}</span> <span class="f-muted">{one.message}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
