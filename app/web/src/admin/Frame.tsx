import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { EmptyState, ErrorState, LinkButton, type NavSection, Shell, Skeleton } from "../design";
import { href } from "../lib/paths";
import { navigate, path } from "../lib/router";
import { hasRole } from "../lib/session";
import { t } from "./messages";
import { SECTIONS, type Section } from "./sections";

const GROUPS: readonly Section["group"][] = ["knowledge", "conversations", "people", "operation"];
const loaded = new Map<string, ComponentType>();

/** Navigation on the left, the section of the address beside it. */
export function Frame() {
  const mine = SECTIONS.filter((section) => hasRole(...section.roles));
  const place = path.value;
  const section = mine.find((one) => place === one.path || place.startsWith(`${one.path}/`));
  const first = mine[0];
  const isStart = place === "/admin" || place === "/admin/";
  useEffect(() => {
    if (isStart && first) void navigate(first.path, { replace: true });
  }, [isStart, first]);
  return (
    <Shell face="admin" nav={navigation(mine)}>
      {section ? <Loaded key={section.path} section={section} /> : isStart ? <Skeleton /> : <Unknown />}
    </Shell>
  );
}

function navigation(mine: readonly Section[]): NavSection[] {
  return GROUPS.map((group) => ({
    label: t[group],
    items: mine
      .filter((section) => section.group === group)
      .map(({ path: to, title, icon }) => ({ to, label: title(), icon })),
  })).filter((section) => section.items.length > 0);
}

function Loaded({ section }: { section: Section }) {
  const [attempt, setAttempt] = useState(0);
  const [failure, setFailure] = useState<unknown>();
  const [, setReady] = useState(false);
  useEffect(() => {
    let gone = false;
    if (loaded.has(section.path)) return;
    section.load().then(
      (component) => {
        loaded.set(section.path, component);
        if (!gone) setReady(true);
      },
      (error) => gone || setFailure(error),
    );
    return () => {
      gone = true;
    };
  }, [section, attempt]);
  const Content = loaded.get(section.path);
  if (Content) return <Content />;
  if (!failure) return <Skeleton lines={6} />;
  const retry = () => {
    setFailure(undefined);
    setAttempt(attempt + 1);
  };
  return <ErrorState error={failure} onRetry={retry} />;
}

function Unknown() {
  return (
    <EmptyState
      icon="search"
      title={t.unknown}
      actions={<LinkButton href={href("/admin/documents")}>{t.toDocuments}</LinkButton>}
    />
  );
}
