import type { ComponentChildren } from "preact";
import { CardLink, EmptyState, Icon, type IconName, PageHead, Shell, StatusDot } from "../design";
import { api } from "../lib/api";
import { useLive } from "../lib/live";
import { href } from "../lib/paths";
import { hasRole, type Role, session } from "../lib/session";
import { t } from "./messages";

const EVERY_SECONDS = 15;

/** The faces that the roles of the person allow, each with what is new there. */
export function Home() {
  const staff = hasRole("employee", "agent", "editor", "admin");
  const name = session.value?.display_name || session.value?.user || "";
  return (
    <Shell face="home">
      <div class="h-home">
        <PageHead
          title={t.welcome(name)}
          description={staff ? t.welcomeText : undefined}
          actions={staff && <Parts />}
        />
        {!staff && (
          <EmptyState icon="lock" title={t.noFaces}>
            {t.noFacesText}
          </EmptyState>
        )}
        <div class="h-faces">
          <FaceCard
            to="/ask"
            icon="chat"
            title={t.askTitle}
            text={t.askText}
            roles={["employee", "agent", "editor", "admin"]}
          >
            <LastAsked />
          </FaceCard>
          <FaceCard to="/agent" icon="headset" title={t.inboxTitle} text={t.inboxText} roles={["agent", "admin"]}>
            <Waiting />
          </FaceCard>
          <FaceCard to="/admin" icon="database" title={t.portalTitle} text={t.portalText} roles={["editor", "admin"]}>
            <Sources />
          </FaceCard>
          <FaceCard to="/demo" icon="home" title={t.demoTitle} text={t.demoText} />
        </div>
      </div>
    </Shell>
  );
}

interface FaceCardProps {
  to: string;
  icon: IconName;
  title: string;
  text: string;
  roles?: readonly Role[];
  children?: ComponentChildren;
}

function FaceCard({ to, icon, title, text, roles, children }: FaceCardProps) {
  if (roles && !hasRole(...roles)) return null;
  return (
    <CardLink class="h-face" href={href(to)}>
      <span class="h-face-picture">
        <Icon name={icon} size={22} />
      </span>
      <h2>{title}</h2>
      <p class="f-muted">{text}</p>
      <div class="h-face-news f-small">{children}</div>
    </CardLink>
  );
}

function LastAsked() {
  const live = useLive("conversations", (signal) =>
    api.get<{ conversations: { title: string }[] }>("/v1/conversations", { query: { limit: 1 }, signal }),
  );
  if (!live.data) return null;
  const last = live.data.conversations[0];
  return <span class="f-muted">{last ? t.lastAsked(last.title) : t.nothingAsked}</span>;
}

function Waiting() {
  const fetchInbox = (signal: AbortSignal) =>
    api.get<{ conversations: { state: string }[] }>("/v1/agent/conversations", { signal });
  const { data } = useLive("inbox", fetchInbox, EVERY_SECONDS);
  if (!data) return null;
  const count = data.conversations.filter((one) => one.state === "waiting").length;
  return <StatusDot tone={count > 0 ? "warning" : "success"}>{count > 0 ? t.waiting(count) : t.nobodyWaits}</StatusDot>;
}

interface SourceLine {
  desired: string;
  status: { state?: string; error?: string };
}

function Sources() {
  const fetchSources = (signal: AbortSignal) => api.get<{ sources: SourceLine[] }>("/v1/sources", { signal });
  const { data } = useLive("sources", fetchSources, EVERY_SECONDS);
  if (!data) return null;
  const sources = data.sources.filter((one) => one.desired !== "removed");
  const wrong = sources.filter((one) => one.status.error || one.status.state === "failed").length;
  return (
    <StatusDot tone={wrong > 0 ? "danger" : "success"}>
      {wrong > 0 ? t.sourcesWrong(wrong) : t.sources(sources.length)}
    </StatusDot>
  );
}

function Parts() {
  const fetchParts = async () => {
    const answer = await fetch(href("/readyz"));
    return (await answer.json()) as { not_ready: Record<string, string> };
  };
  const { data } = useLive("parts", fetchParts, EVERY_SECONDS);
  if (!data) return null;
  const missing = Object.keys(data.not_ready);
  return (
    <StatusDot tone={missing.length ? "danger" : "success"} busy={missing.length > 0}>
      {missing.length ? t.notReady(missing.join(", ")) : t.ready}
    </StatusDot>
  );
}
