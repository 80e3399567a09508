import { useState } from "preact/hooks";
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
import { href } from "../../lib/paths";
import { t } from "./messages";
import { ReplayRules } from "./ReplayRules";
import { RuleEditor, type Unsaved } from "./RuleEditor";
import { ShadowCounts } from "./ShadowCounts";
import { TryRules } from "./TryRules";
import { type Detail, useRuleSet } from "./use_rule_set";
import { Versions } from "./Versions";

type Part = "edit" | "try" | "replay" | "versions" | "shadow";

/** One rule set: edit, try, replay, versions, shadow. */
export function RuleSetPage({ name }: { name: string }) {
  const live = useRuleSet(name);
  const [part, setPart] = useState<Part>("edit");
  const [edit, setEdit] = useState<Unsaved>();
  const detail = live.data;
  const text = edit?.body ?? detail?.newest.body ?? "";
  const format = detail?.newest.format === "csv" && edit ? "yaml" : (detail?.newest.format ?? "yaml");
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
      {detail && (
        <Tabs
          label={name}
          value={part}
          onChange={setPart}
          tabs={[
            {
              value: "edit",
              label: t.edit,
              content: () => (
                <RuleEditor detail={detail} unsaved={edit} onEdit={setEdit} onSaved={() => void live.refresh()} />
              ),
            },
            { value: "try", label: t.tryOut, content: () => <TryRules name={name} body={text} format={format} /> },
            {
              value: "replay",
              label: t.replay,
              content: () => <ReplayRules name={name} body={text} format={format} />,
            },
            {
              value: "versions",
              label: t.versions,
              content: () => <Versions detail={detail} onChanged={() => void live.refresh()} />,
            },
            { value: "shadow", label: t.shadowTab, content: () => <ShadowCounts name={name} /> },
          ]}
        />
      )}
    </>
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
