import { Badge, Banner, Button, IconButton } from "../design";
import { AnswerText } from "./AnswerText";
import { ask, askAgain, connection, edit, isBusy, isWithPerson } from "./conversation";
import { copy } from "./copying";
import { Feedback } from "./Feedback";
import { t } from "./messages";
import { type Turn, withSources } from "./model";
import { SlotInput } from "./SlotInput";
import { SourceList } from "./SourceList";

export interface TurnViewProps {
  turn: Turn;
  isLast?: boolean;
  readOnly?: boolean;
}

/** One question with its answer, what it rests on, and what can be done with it. */
export function TurnView({ turn, isLast = false, readOnly = false }: TurnViewProps) {
  const isRunning = turn.state === "running";
  const searched = turn.question && turn.question.trim() !== turn.message.trim();
  const canEdit = isLast && !readOnly && !isRunning && turn.turn_id !== "" && !isWithPerson.value;
  const language = turn.language === "zh" ? "zh-CN" : turn.language || undefined;
  return (
    <article class="q-turn">
      <div class="q-asked">
        <p>{turn.message}</p>
        {canEdit && <IconButton size="small" icon="edit" label={t.edit} onClick={edit} />}
      </div>
      <div class="q-answer" lang={language}>
        {turn.answer && <Heading turn={turn} />}
        {isRunning && !turn.answer && (
          <p class="q-busy">
            <span class="q-pulse" aria-hidden="true" />
            {turn.found ? t.reading(turn.found) : t.searching}
          </p>
        )}
        {turn.answer && <AnswerText turn={turn} />}
        {isRunning && (turn.isWaiting || connection.value === "waiting") && (
          <Banner tone="warning">{turn.isWaiting || isBusy.value ? t.partAway : t.reconnecting}</Banner>
        )}
        {turn.withdrawn && <Banner icon="lock">{t.withdrawn}</Banner>}
        <Ended turn={turn} isLast={isLast && !readOnly} />
        {isLast && !readOnly && !isRunning && <Choices turn={turn} />}
      </div>
      {searched && (
        <p class="q-searched f-small f-muted">
          {t.searchedFor}: <span class="f-strong">{turn.question}</span>
        </p>
      )}
      <SourceList turn={turn} />
      {!isRunning && turn.answer && turn.state === "done" && (
        <div class="q-actions">
          <IconButton
            size="small"
            icon="copy"
            label={t.copy}
            onClick={() => void copy(withSources(turn, t.sources), t.copied)}
          />
          {!readOnly && <Feedback turn={turn} />}
          {isLast && !readOnly && !isWithPerson.value && (
            <IconButton size="small" icon="refresh" label={t.again} onClick={() => askAgain()} />
          )}
        </div>
      )}
    </article>
  );
}

function Heading({ turn }: { turn: Turn }) {
  if (turn.decision === "refused") return <Badge icon="info">{t.refused}</Badge>;
  if (turn.decision === "clarify") return <Badge icon="help">{t.clarify}</Badge>;
  if (turn.decision === "handed_over") return <Badge icon="headset">{t.waiting}</Badge>;
  if (turn.decision !== "blocked") return null;
  return (
    <span class="f-row f-row-wrap">
      <Badge tone="warning" icon="shield">
        {t.blocked}
      </Badge>
      {turn.rule && <span class="f-small f-muted">{t.blockedBy(turn.rule)}</span>}
    </span>
  );
}

/** What came of a turn that did not end with an answer, and the way on. */
function Ended({ turn, isLast }: { turn: Turn; isLast: boolean }) {
  if (turn.decision === "refused" && turn.state === "done") {
    const isNarrow = Boolean(turn.filters?.sources.length || turn.filters?.since);
    return (
      <div class="q-way-on">
        <p class="f-muted">{isNarrow ? t.refusedFilters : t.refusedHow}</p>
        {isNarrow && isLast && (
          <Button size="small" icon="filter" onClick={() => askAgain({ sources: [], since: null })}>
            {t.askWithoutFilters}
          </Button>
        )}
      </div>
    );
  }
  if (turn.state === "done" || turn.state === "running") return null;
  const told = { interrupted: t.interrupted, cancelled: t.cancelled, failed: turn.trouble || t.failed }[turn.state];
  const again = isLast && (
    <Button size="small" icon="refresh" onClick={() => askAgain()}>
      {t.again}
    </Button>
  );
  return (
    <Banner tone={turn.state === "cancelled" ? "info" : "warning"} actions={again}>
      {told}
    </Banner>
  );
}

function Choices({ turn }: { turn: Turn }) {
  if (turn.decision !== "clarify") return null;
  return (
    <>
      <div class="f-row f-row-wrap">
        {turn.options.map((option) => (
          <Button key={option} onClick={() => ask(option)}>
            {option}
          </Button>
        ))}
      </div>
      {turn.slot && <SlotInput slot={turn.slot} />}
    </>
  );
}
