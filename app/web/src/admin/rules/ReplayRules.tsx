import { useState } from "preact/hooks";
import { Banner, Button, type Column, Select, Table, toastError } from "../../design";
import { api } from "../../lib/api";
import { formatNumber } from "../../lib/format";
import { href } from "../../lib/paths";
import { t } from "./messages";
import type { Stage, Verdict } from "./model";
import type { UnsavedProps } from "./TryRules";
import { VerdictWords } from "./Verdicts";

interface Change {
  turn_id: string;
  stage: Stage;
  message: string;
  before: Verdict;
  after: Verdict;
}

interface Replayed {
  turns: number;
  changed: number;
  changes: Change[];
}

/** Which past turns would have gone otherwise by what stands in the editor. */
export function ReplayRules({ name, body, format }: UnsavedProps) {
  const [days, setDays] = useState("30");
  const [found, setFound] = useState<Replayed>();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      const wish = { body, format, days: Number(days) };
      setFound(await api.post<Replayed>(`/v1/rules/${name}/replay`, wish, { timeoutSeconds: 120 }));
    } catch (error) {
      toastError(error);
    }
    setBusy(false);
  };
  return (
    <div class="f-stack">
      <p class="f-muted">{t.replayText}</p>
      <div class="a-bar">
        <Select
          label={t.days}
          value={days}
          onChange={setDays}
          choices={["1", "7", "30", "90"].map((value) => ({ value, label: value }))}
        />
        <Button look="primary" icon="play" busy={busy} onClick={() => void run()}>
          {t.runReplay}
        </Button>
      </div>
      {found && (
        <>
          <Banner tone={found.changed > 0 ? "warning" : "success"}>
            {t.replayed(formatNumber(found.turns), formatNumber(found.changed))}
          </Banner>
          {found.changes.length > 0 && (
            <Table
              caption={t.replay}
              columns={columns()}
              rows={found.changes}
              rowKey={(one) => `${one.turn_id} ${one.stage}`}
              wraps
            />
          )}
        </>
      )}
    </div>
  );
}

function columns(): Column<Change>[] {
  return [
    {
      key: "message",
      title: t.message,
      cell: (one) => <a href={href(`/admin/conversations/${one.turn_id}`)}>{one.message || t.open}</a>,
    },
    {
      key: "stage",
      title: t.stage,
      fit: true,
      priority: 3,
      cell: (one) => t[one.stage],
    },
    { key: "now", title: t.now, cell: (one) => <VerdictWords verdict={one.before} /> },
    { key: "would", title: t.would, cell: (one) => <VerdictWords verdict={one.after} /> },
  ];
}
