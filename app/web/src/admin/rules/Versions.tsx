import { useState } from "preact/hooks";
import {
  Badge,
  Button,
  DateTime,
  Dialog,
  Diff,
  ErrorState,
  Skeleton,
  TextField,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
import { t } from "./messages";
import type { Version } from "./model";
import type { Detail } from "./use_rule_set";

interface VersionsProps {
  detail: Detail;
  onChanged: () => void;
}

/** Every version with its author and note: activate, put in shadow, compare with the one before. */
export function Versions({ detail, onChanged }: VersionsProps) {
  const { name } = detail;
  const live = useLive(`rule-versions ${name} ${detail.newest.version}`, () =>
    api.get<{ versions: Version[] }>(`/v1/rules/${name}/versions`),
  );
  const [activating, setActivating] = useState<number>();
  const [compared, setCompared] = useState<[Version, Version]>();
  const shadow = async (version: number | null) => {
    try {
      await api.post(`/v1/rules/${name}/shadow`, { version });
      toast(version === null ? t.shadowOff : t.shadowOn(version));
      onChanged();
    } catch (error) {
      toastError(error);
    }
  };
  const compare = async (version: number, before: number) => {
    const body = (number: number) => api.get<Version>(`/v1/rules/${name}/versions/${number}`);
    try {
      setCompared(await Promise.all([body(before), body(version)]));
    } catch (error) {
      toastError(error);
    }
  };
  if (live.error) return <ErrorState error={live.error} onRetry={() => void live.refresh()} />;
  if (!live.data) return <Skeleton />;
  const all = live.data.versions;
  return (
    <div class="f-stack">
      {all.map((one, at) => (
        <div key={one.version} class="f-row f-row-wrap">
          <span class="f-strong">{t.version(one.version)}</span>
          {one.version === detail.active_version && <Badge tone="success">{t.active}</Badge>}
          {one.version === detail.shadow_version && <Badge tone="info">{t.shadow}</Badge>}
          <span class="f-grow f-muted">
            {one.author} {one.created_at && <DateTime at={one.created_at} />} {one.note && `· ${one.note}`}
          </span>
          {all[at + 1] && (
            <Button size="small" onClick={() => void compare(one.version, all[at + 1]?.version ?? 0)}>
              {t.compare}
            </Button>
          )}
          {one.version === detail.shadow_version ? (
            <Button size="small" onClick={() => void shadow(null)}>
              {t.endShadow}
            </Button>
          ) : (
            <Button size="small" icon="eye" onClick={() => void shadow(one.version)}>
              {t.putInShadow}
            </Button>
          )}
          {one.version !== detail.active_version && (
            <Button size="small" look="primary" onClick={() => setActivating(one.version)}>
              {t.activate}
            </Button>
          )}
        </div>
      ))}
      {compared && (
        <>
          <h3>{t.compareWith(compared[0].version, compared[1].version)}</h3>
          <Diff before={compared[0].body ?? ""} after={compared[1].body ?? ""} height="32rem" />
        </>
      )}
      {activating !== undefined && (
        <ActivateDialog
          name={name}
          version={activating}
          onClose={() => setActivating(undefined)}
          onActivated={() => {
            setActivating(undefined);
            onChanged();
          }}
        />
      )}
    </div>
  );
}

interface ActivateDialogProps {
  name: string;
  version: number;
  onClose: () => void;
  onActivated: () => void;
}

function ActivateDialog({ name, version, onClose, onActivated }: ActivateDialogProps) {
  const [note, setNote] = useState("");
  const activate = async () => {
    try {
      await api.post(`/v1/rules/${name}/activate`, { version, note });
      toast(t.activated(version));
      onActivated();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog
      open
      size="small"
      title={t.activateTitle(version)}
      onClose={onClose}
      onSubmit={() => void activate()}
      footer={
        <Button type="submit" look="primary">
          {t.activate}
        </Button>
      }
    >
      <p>{t.activateText}</p>
      <TextField label={t.note} optional value={note} onChange={setNote} />
    </Dialog>
  );
}
