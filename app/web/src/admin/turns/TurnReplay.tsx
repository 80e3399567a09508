import { Badge, Banner, Card, DateTime, ErrorState, LinkButton, Markdown, PageHead, Skeleton } from "../../design";
import { api } from "../../lib/api";
import { formatDuration, formatNumber, formatShare } from "../../lib/format";
import { useLive } from "../../lib/live";
import { href } from "../../lib/paths";
import { FeedbackForm } from "./FeedbackForm";
import { t } from "./messages";
import { type Replay, type Stage, stages } from "./model";
import { PassageTable } from "./PassageTable";
import { DecisionBadge } from "./parts";

/** One turn in full: from what was asked to what was said, step by step. */
export function TurnReplay({ id, back }: { id: string; back: string }) {
  const live = useLive(`turn ${id}`, (signal) => api.get<Replay>(`/v1/turns/${id}`, { signal }));
  const turn = live.data;
  const beside = (to: string | null, label: string, icon: "arrow-left" | "arrow-right") =>
    to && (
      <LinkButton href={href(`${back}/${to}`)} icon={icon}>
        {label}
      </LinkButton>
    );
  return (
    <>
      <PageHead
        title={t.told}
        actions={
          <>
            <LinkButton href={href(back)} icon="list">
              {back.endsWith("feedback") ? t.inbox : t.back}
            </LinkButton>
            {turn && beside(turn.previous_turn_id, t.previous, "arrow-left")}
            {turn && beside(turn.next_turn_id, t.next, "arrow-right")}
          </>
        }
      />
      {live.loading && <Skeleton lines={10} />}
      {live.error && <ErrorState error={live.error} onRetry={() => void live.refresh()} />}
      {turn && (
        <div class="a-steps">
          <Asked turn={turn} />
          <div class="a-two">
            <Answered turn={turn} />
            <FeedbackForm
              turn={id}
              feedback={turn.feedback}
              onChanged={(feedback) => live.set({ ...turn, feedback })}
            />
          </div>
          <div class="a-two">
            <Times turn={turn} />
            <Rules turn={turn} />
          </div>
          <PassageTable turn={turn} />
          <Prompted turn={turn} />
          <Facts turn={turn} />
        </div>
      )}
    </>
  );
}

function Asked({ turn }: { turn: Replay }) {
  const changed = turn.searched !== null && turn.searched !== turn.message;
  return (
    <Card title={t.message}>
      <div class="f-stack">
        <p class="a-quote f-strong">{turn.message}</p>
        <div class="f-row f-row-wrap f-muted">
          <DecisionBadge decision={turn.decision} />
          <span>{t.turn(turn.number)}</span>
          <span>{turn.owner}</span>
          {turn.channel && <Badge>{turn.channel}</Badge>}
          <DateTime at={turn.created_at} form="full" />
        </div>
        <dl class="a-facts">
          <dt>{t.searched}</dt>
          <dd>{turn.searched === null ? t.notSearched : changed ? turn.searched : t.same}</dd>
          {turn.searched !== null && (
            <>
              <dt>{t.confidence}</dt>
              <dd>{formatShare(turn.confidence)}</dd>
            </>
          )}
          {Object.entries(turn.slots).map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
      </div>
    </Card>
  );
}

function Answered({ turn }: { turn: Replay }) {
  const { model, instead_of, prompt_tokens, cached_tokens, completion_tokens } = turn.engine;
  return (
    <Card title={t.answer}>
      <div class="f-stack">
        {turn.withdrawn && <Banner icon="lock">{t.withdrawnNote}</Banner>}
        {turn.answer ? <Markdown text={turn.answer} /> : <p class="f-muted">{t.none}</p>}
        {turn.citations.map((one) => (
          <div key={one.marker} class="f-small">
            <Badge>{one.marker}</Badge> <span class="f-strong">{one.title}</span>{" "}
            <span class="f-muted a-quote">“{one.quote}”</span>
          </div>
        ))}
        {turn.unsupported.length > 0 && (
          <Banner tone="warning">
            <p>{t.unsupported}</p>
            <ul>
              {turn.unsupported.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </Banner>
        )}
        {model && (
          <dl class="a-facts f-small">
            <dt>{t.model}</dt>
            <dd>
              {model} {instead_of && t.instead(instead_of)}
            </dd>
            <dt>{t.tokens}</dt>
            <dd>
              {t.tokenCounts(
                formatNumber(prompt_tokens ?? 0),
                formatNumber(cached_tokens ?? 0),
                formatNumber(completion_tokens ?? 0),
              )}
            </dd>
          </dl>
        )}
      </div>
    </Card>
  );
}

function Times({ turn }: { turn: Replay }) {
  const names: Record<Stage, string> = {
    search: t.search_stage,
    confidence: t.confidence_stage,
    first_token: t.first_token_stage,
    answer: t.answer_stage,
    total: t.total_stage,
  };
  const total = turn.timings.find((one) => one.stage === "total");
  return (
    <Card title={t.times} actions={total && <span class="f-muted">{t.total(formatDuration(total.seconds))}</span>}>
      <div class="a-times">
        {stages(turn.timings).map(({ stage, from, to, seconds }) => (
          <>
            <span>{names[stage]}</span>
            <span class="a-track" aria-hidden="true">
              <span style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />
            </span>
            <span class="f-muted">{formatDuration(seconds)}</span>
          </>
        ))}
      </div>
    </Card>
  );
}

function Rules({ turn }: { turn: Replay }) {
  return (
    <Card title={t.rules}>
      {turn.rules.length === 0 && <p class="f-muted">{t.noRules}</p>}
      <ul class="f-stack f-stack-tight">
        {turn.rules.map((one) => (
          <li key={`${one.stage} ${one.ruleset} ${one.rule}`} class="f-row f-row-wrap">
            <a href={href(`/admin/rules/${one.ruleset}`)}>
              {one.ruleset}/{one.version} {one.rule}
            </a>
            <span class="f-muted">{one.stage === "before" ? t.before : t.after}</span>
            {one.decided && <Badge tone="accent">{t.decided}</Badge>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Prompted({ turn }: { turn: Replay }) {
  const { prompt } = turn;
  const roles: Record<string, string> = { system: t.system, user: t.user, assistant: t.assistant };
  return (
    <Card title={t.prompt} actions={prompt && <span class="f-code f-muted">{prompt.template}</span>}>
      {!prompt && <p class="f-muted">{t.noPrompt}</p>}
      {prompt && (
        <div class="f-stack">
          <p class="f-muted">{prompt.messages.length > 0 ? t.rebuilt : t.promptLost}</p>
          {prompt.withheld > 0 && <Banner icon="lock">{t.hidden(prompt.withheld)}</Banner>}
          {prompt.messages.map((message, index) => (
            <details key={`${index} ${message.role}`}>
              <summary>{roles[message.role] ?? message.role}</summary>
              <pre class="a-text a-quote">{message.content}</pre>
            </details>
          ))}
        </div>
      )}
    </Card>
  );
}

function Facts({ turn }: { turn: Replay }) {
  const facts = Object.entries(turn.facts);
  if (facts.length === 0) return null;
  return (
    <Card title={t.facts}>
      <dl class="a-facts f-small">
        {facts.map(([name, value]) => (
          <>
            <dt class="f-code">{name}</dt>
            <dd>{typeof value === "string" ? value || "–" : JSON.stringify(value)}</dd>
          </>
        ))}
      </dl>
    </Card>
  );
}
