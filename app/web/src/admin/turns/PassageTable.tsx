import { Badge, Card, type Column, EmptyState, Icon, Table } from "../../design";
import { formatNumber } from "../../lib/format";
import { t } from "./messages";
import type { Passage, Replay } from "./model";

/** What the search found, best first, and what became of it. */
export function PassageTable({ turn }: { turn: Replay }) {
  return (
    <Card title={t.passages(turn.passages.length)} flush>
      <Table
        caption={t.passages(turn.passages.length)}
        columns={columns()}
        rows={turn.passages}
        rowKey={(passage) => String(passage.number)}
        wraps
        empty={<EmptyState icon="search" title={turn.searched === null ? t.notSearched : t.noPassages} />}
      />
    </Card>
  );
}

function columns(): Column<Passage>[] {
  return [
    { key: "number", title: "#", fit: true, align: "end", cell: (passage) => passage.number },
    {
      key: "text",
      title: t.passage,
      cell: (passage) =>
        passage.withheld ? (
          <span class="f-row f-muted">
            <Icon name="lock" size={15} />
            {t.withheld}
          </span>
        ) : (
          <span class="f-stack f-stack-tight">
            <span class="f-strong">{passage.title || passage.key}</span>
            <span class="f-small f-muted">
              {[passage.source, passage.heading, passage.version && `${t.version} ${passage.version}`]
                .filter(Boolean)
                .join(" · ")}
            </span>
            <span class="a-quote">{passage.text}</span>
          </span>
        ),
    },
    {
      key: "use",
      title: t.use,
      fit: true,
      priority: 2,
      cell: (passage) =>
        passage.cited ? (
          <Badge tone="success">{t.cited}</Badge>
        ) : passage.in_prompt ? (
          <Badge tone="info">{t.inPrompt(passage.in_prompt)}</Badge>
        ) : (
          <span class="f-muted">{t.notUsed}</span>
        ),
    },
    {
      key: "score",
      title: t.score,
      fit: true,
      align: "end",
      cell: (passage) => formatNumber(passage.score, { maximumFractionDigits: 3 }),
    },
  ];
}
