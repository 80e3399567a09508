import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  Badge,
  Button,
  confirm,
  ErrorState,
  LinkButton,
  PageHead,
  Skeleton,
  Tabs,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
import { href } from "../../lib/paths";
import { guardLeaving } from "../../lib/router";
import { t } from "./messages";
import type { Fact } from "./model";
import { ReplayRules } from "./ReplayRules";
import { RuleEditor } from "./RuleEditor";
import { ShadowCounts } from "./ShadowCounts";
import { TryRules } from "./TryRules";
import { useEditor } from "./use_editor";
import { type Detail, useRuleSet } from "./use_rule_set";
import { Versions } from "./Versions";

const PARTS = ["edit", "try", "replay", "versions", "shadow"] as const;
type Part = (typeof PARTS)[number];

/** One rule set: edit, try, replay, versions, shadow. */
export function RuleSetPage({ name }: { name: string }) {
  const live = useRuleSet(name);
  const detail = live.data;
  return (
    <>
      <PageHead
        title={name}
        description={detail && <Standing detail={detail} />}
        actions={
          <>
            <LinkButton href={href("/admin/rules")} icon="list">
              {t.back}
            </LinkButton>
            {detail && detail.active_version !== null && (
              <Button icon="pause" onClick={() => void switchOff(name).then(() => live.refresh())}>
                {t.deactivate}
              </Button>
            )}
          </>
        }
      />
      {live.loading && <Skeleton lines={8} />}
      {live.error && !detail && <ErrorState error={live.error} onRetry={() => void live.refresh()} />}
      {detail && <Opened detail={detail} onChanged={() => void live.refresh()} />}
    </>
  );
}

/** The parts of a rule set. What is being edited lives here: another tab loses nothing. */
function Opened({ detail, onChanged }: { detail: Detail; onChanged: () => void }) {
  const { name, newest } = detail;
  const facts = useLive("rule-facts", () => api.get<{ facts: Fact[] }>("/v1/rule-facts"));
  const editor = useEditor(name, newest.body ?? "", newest.format);
  const [part, setPart] = useState<Part>("edit");
  const [seen, setSeen] = useState(newest.version);
  const begin = (version: number, body: string) => {
    setSeen(version);
    editor.reset(body);
  };
  const dirty = editor.dirty;
  useEffect(() => guardLeaving(() => dirty), [dirty]);
  useEffect(() => {
    // Somebody else saved, and nothing was typed here: show theirs.
    if (newest.version > seen && !dirty && !editor.checking) begin(newest.version, newest.body ?? "");
  }, [newest.version, dirty, editor.checking]);
  const format = newest.format === "csv" && editor.checked ? "yaml" : newest.format;
  const unsaved = { name, body: editor.steps.now.body, format };
  const content: Record<Part, () => ComponentChildren> = {
    edit: () => (
      <RuleEditor
        detail={detail}
        editor={editor}
        facts={facts.data?.facts ?? []}
        seen={seen}
        onBegin={begin}
        onSaved={onChanged}
      />
    ),
    try: () => <TryRules {...unsaved} />,
    replay: () => <ReplayRules {...unsaved} />,
    versions: () => <Versions detail={detail} onChanged={onChanged} />,
    shadow: () => <ShadowCounts name={name} />,
  };
  const labels: Record<Part, string> = {
    edit: t.edit,
    try: t.tryOut,
    replay: t.replay,
    versions: t.versions,
    shadow: t.shadowTab,
  };
  return (
    <Tabs
      label={name}
      value={part}
      onChange={setPart}
      tabs={PARTS.map((value) => ({ value, label: labels[value], content: content[value] }))}
    />
  );
}

function Standing({ detail }: { detail: Detail }) {
  return (
    <span class="f-row f-row-wrap">
      {detail.active_version === null ? (
        <Badge>{t.off}</Badge>
      ) : (
        <Badge tone="success">
          {t.active}: {t.version(detail.active_version)}
        </Badge>
      )}
      {detail.shadow_version !== null && (
        <Badge tone="info">
          {t.shadow}: {t.version(detail.shadow_version)}
        </Badge>
      )}
    </span>
  );
}

async function switchOff(name: string): Promise<void> {
  const sure = await confirm({ title: t.deactivateTitle, text: t.deactivateText, action: t.deactivate, danger: true });
  if (!sure) return;
  try {
    await api.post(`/v1/rules/${name}/activate`, { version: null });
    toast(t.switchedOff);
  } catch (error) {
    toastError(error);
  }
}
