import { Card, type Column, DateTime, EmptyState, PageHead, Select, Table } from "../../design";
import { statusOf } from "../../lib/live";
import { navigate, query, setQuery } from "../../lib/router";
import { t } from "./messages";
import { STATES, type Turn } from "./model";
import { DecisionBadge, FeedbackBadge } from "./parts";
import { useTurns } from "./use_turns";

/** What people thought of answers, and what became of that. */
export function Inbox() {
  const state = query.value.get("state") ?? "open";
  const rating = query.value.get("rating") ?? "-1";
  const filters: Record<string, string> = {};
  if (state !== "all") filters.feedback = state;
  if (rating !== "all") filters.rating = rating;
  const { live, rows, more, loadingMore, cursor } = useTurns(filters);
  return (
    <>
      <PageHead title={t.inbox} description={t.inboxDescription} />
      <Card flush>
        <div class="f-card-body a-bar">
          <Select
            label={t.state}
            value={state}
            onChange={(value) => setQuery({ state: value })}
            choices={[
              ...STATES.map((value) => ({ value: value as string, label: t[value] })),
              { value: "all", label: t.allStates },
            ]}
          />
          <Select
            label={t.rating}
            value={rating}
            onChange={(value) => setQuery({ rating: value })}
            choices={[
              { value: "-1", label: t.bad },
              { value: "1", label: t.good },
              { value: "all", label: t.anyRating },
            ]}
          />
        </div>
        <Table
          caption={t.inbox}
          columns={columns()}
          rows={rows.filter((turn) => turn.feedback)}
          rowKey={(turn) => turn.turn_id}
          rowLabel={(turn) => turn.message}
          height="calc(100dvh - 20rem)"
          onOpen={(turn) => void navigate(`/admin/feedback/${turn.turn_id}`)}
          {...statusOf(live)}
          onMore={cursor ? () => void more() : undefined}
          loadingMore={loadingMore}
          empty={
            <EmptyState icon="success" title={t.noFeedback}>
              {t.noFeedbackText}
            </EmptyState>
          }
        />
      </Card>
    </>
  );
}

function columns(): Column<Turn>[] {
  return [
    { key: "asked", title: t.asked, cell: (turn) => <span class="f-strong">{turn.message}</span> },
    {
      key: "feedback",
      title: t.feedback,
      fit: true,
      cell: (turn) => <FeedbackBadge feedback={turn.feedback} withState />,
    },
    { key: "comment", title: t.note, priority: 2, cell: (turn) => turn.feedback?.comment || "–" },
    {
      key: "decision",
      title: t.decision,
      fit: true,
      priority: 3,
      cell: (turn) => <DecisionBadge decision={turn.decision} />,
    },
    { key: "assignee", title: t.assignee, fit: true, priority: 3, cell: (turn) => turn.feedback?.assignee || "–" },
    {
      key: "at",
      title: t.at,
      fit: true,
      priority: 2,
      cell: (turn) => turn.feedback && <DateTime at={turn.feedback.created_at} />,
    },
  ];
}
