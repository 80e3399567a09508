import { statusOf } from "../../lib/live";
import "./turns.css";
import { useState } from "preact/hooks";
import { Card, type Column, DateTime, EmptyState, PageHead, Select, Table, TextField } from "../../design";
import { formatShare } from "../../lib/format";
import { navigate, path, query, setQuery } from "../../lib/router";
import { Inbox } from "./Inbox";
import { t } from "./messages";
import { DECISIONS, ownerOf, REASONS, type Turn } from "./model";
import { DecisionBadge, FeedbackBadge, reasonOf } from "./parts";
import { TurnReplay } from "./TurnReplay";
import { useTurns } from "./use_turns";

const PLACE = "/admin/conversations";
const HOURS: Record<string, number> = { day: 24, week: 7 * 24, month: 30 * 24 };
const NAMES = ["query", "decision", "rating", "reason", "rule", "confidence_below"] as const;

/** Conversations: the list, or one turn in full. */
export function Turns() {
  const turn = path.value.slice(PLACE.length + 1);
  return turn ? <TurnReplay key={turn} id={turn} back={PLACE} /> : <TurnList />;
}

/** Feedback, and the turn it is about. */
export function FeedbackInbox() {
  const turn = path.value.slice("/admin/feedback".length + 1);
  return turn ? <TurnReplay key={turn} id={turn} back="/admin/feedback" /> : <Inbox />;
}

function TurnList() {
  const given = (name: string) => query.value.get(name) ?? "";
  const [now] = useState(() => Date.now());
  const hours = HOURS[given("since")];
  const filters: Record<string, string> = Object.fromEntries(NAMES.map((name) => [name, given(name)]));
  if (hours) filters.since = new Date(now - hours * 3600 * 1000).toISOString();
  for (const name of Object.keys(filters)) if (!filters[name]) delete filters[name];
  const { live, rows, more, loadingMore, cursor } = useTurns(filters);
  return (
    <>
      <PageHead title={t.title} description={t.description} />
      <Card flush>
        <div class="f-card-body a-bar">
          <TextField
            class="a-search"
            type="search"
            icon="search"
            label={t.search}
            value={given("query")}
            onChange={(value) => setQuery({ query: value || null })}
          />
          <Filter
            name="decision"
            label={t.decision}
            any={t.anyDecision}
            choices={DECISIONS.map((one) => [one, t[one]])}
          />
          <Filter
            name="rating"
            label={t.rating}
            any={t.anyRating}
            choices={[
              ["1", t.good],
              ["-1", t.bad],
            ]}
          />
          <Filter
            name="reason"
            label={t.reason}
            any={t.anyReason}
            choices={REASONS.map((one) => [one, reasonOf(one)])}
          />
          <Filter
            name="confidence_below"
            label={t.confidence}
            any={t.anyConfidence}
            choices={["0.3", "0.5", "0.7"].map((one) => [one, t.low(formatShare(Number(one)))])}
          />
          <Filter
            name="since"
            label={t.since}
            any={t.always}
            choices={[
              ["day", t.day],
              ["week", t.week],
              ["month", t.month],
            ]}
          />
          <TextField label={t.rule} code value={given("rule")} onChange={(rule) => setQuery({ rule: rule || null })} />
        </div>
        <Table
          caption={t.title}
          columns={columns()}
          rows={rows}
          rowKey={(turn) => turn.turn_id}
          rowLabel={(turn) => turn.message}
          height="calc(100dvh - 22rem)"
          onOpen={(turn) => void navigate(`${PLACE}/${turn.turn_id}`)}
          {...statusOf(live)}
          onMore={cursor ? () => void more() : undefined}
          loadingMore={loadingMore}
          empty={
            <EmptyState icon="chat" title={t.nothing}>
              {t.nothingText}
            </EmptyState>
          }
        />
      </Card>
    </>
  );
}

interface FilterProps {
  name: string;
  label: string;
  any: string;
  choices: readonly (readonly [string, string])[];
}

function Filter({ name, label, any, choices }: FilterProps) {
  return (
    <Select
      label={label}
      value={query.value.get(name) ?? ""}
      onChange={(value) => setQuery({ [name]: value || null })}
      choices={[{ value: "", label: any }, ...choices.map(([value, words]) => ({ value, label: words }))]}
    />
  );
}

function columns(): Column<Turn>[] {
  return [
    { key: "asked", title: t.asked, cell: (turn) => <span class="f-strong">{turn.message}</span> },
    { key: "decision", title: t.decision, fit: true, cell: (turn) => <DecisionBadge decision={turn.decision} /> },
    {
      key: "confidence",
      title: t.confidence,
      fit: true,
      align: "end",
      priority: 3,
      cell: (turn) => (turn.confidence ? formatShare(turn.confidence) : "–"),
    },
    { key: "rule", title: t.rule, priority: 3, cell: (turn) => turn.rule || "–" },
    {
      key: "rating",
      title: t.rating,
      fit: true,
      priority: 2,
      cell: (turn) => <FeedbackBadge feedback={turn.feedback} />,
    },
    { key: "by", title: t.by, fit: true, priority: 2, cell: (turn) => ownerOf(turn) },
    { key: "at", title: t.at, fit: true, priority: 2, cell: (turn) => <DateTime at={turn.created_at} /> },
  ];
}
