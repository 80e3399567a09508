import { Banner, EmptyState, ErrorState, LinkButton, Skeleton } from "../design";
import { api } from "../lib/api";
import { useLive } from "../lib/live";
import { href } from "../lib/paths";
import { t } from "./messages";
import { type Shared, wholeTurn } from "./model";
import { TurnView } from "./TurnView";

/** A conversation of somebody else, as the viewer may read it. */
export function SharedPage({ token }: { token: string }) {
  const shared = useLive(`shared-${token}`, (signal) =>
    api.get<Shared>(`/v1/shared/${encodeURIComponent(token)}`, { signal }),
  );
  const begin = (
    <LinkButton look="primary" icon="chat" href={href("/ask")}>
      {t.askYourself}
    </LinkButton>
  );
  const body = () => {
    if (shared.error?.status === 404) {
      return (
        <EmptyState icon="link" title={t.sharedGone} actions={begin}>
          {t.sharedGoneText}
        </EmptyState>
      );
    }
    if (shared.error && !shared.data) return <ErrorState error={shared.error} onRetry={() => void shared.refresh()} />;
    if (!shared.data) return <Skeleton lines={5} />;
    return (
      <>
        <h1>{shared.data.title}</h1>
        <Banner icon="share" actions={begin}>
          <strong>{t.sharedBy(shared.data.owner)}</strong> {t.sharedNote}
        </Banner>
        {shared.data.turns.map((turn) => (
          <TurnView key={turn.turn_id} turn={wholeTurn(turn)} readOnly />
        ))}
      </>
    );
  };
  return (
    <section class="q-talk" aria-label={t.title}>
      <div class="q-scroll">
        <div class="q-column">{body()}</div>
      </div>
    </section>
  );
}
