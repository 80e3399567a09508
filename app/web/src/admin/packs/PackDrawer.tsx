import { useEffect, useState } from "preact/hooks";
import {
  Badge,
  Button,
  CodeEditor,
  DateTime,
  Dialog,
  Diff,
  Drawer,
  ErrorState,
  Skeleton,
  Tabs,
  toast,
  toastError,
} from "../../design";
import { api } from "../../lib/api";
import { ApiError } from "../../lib/errors";
import { useLive } from "../../lib/live";
import { guardLeaving } from "../../lib/router";
import { t } from "./messages";
import type { Pack } from "./Packs";
import { TryPack } from "./TryPack";

const TEMPLATE = "description: What this pack is for\nsteps: []\n";
const NONE: Pack = { name: "", origin: "own", version: 0, author: "", body: TEMPLATE };

export interface PackDrawerProps {
  name: string;
  onClose: () => void;
  onChanged: () => void;
}

/** One pack: edit, try on a real document, versions. */
export function PackDrawer({ name, onClose, onChanged }: PackDrawerProps) {
  const path = `/v1/cleaning-packs/${name}`;
  const live = useLive(`pack ${name}`, () => orNone(api.get<Pack>(path), { ...NONE, name }));
  const [part, setPart] = useState<"edit" | "try" | "versions">("edit");
  const [text, setText] = useState<string>();
  const [theirs, setTheirs] = useState<Pack>();
  const [busy, setBusy] = useState(false);
  const body = text ?? live.data?.body ?? "";
  const dirty = text !== undefined && text !== live.data?.body;
  useEffect(() => guardLeaving(() => dirty), [dirty]);
  const save = async (version: number) => {
    setBusy(true);
    try {
      const headers = { "Content-Type": "application/yaml", "If-Match": String(version) };
      const saved = await api.put<Pack>(path, body, { headers });
      live.set(saved);
      setText(undefined);
      setTheirs(undefined);
      toast(t.saved(saved.version));
      onChanged();
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) await api.get<Pack>(path).then(setTheirs, toastError);
      else toastError(error);
    }
    setBusy(false);
  };
  return (
    <Drawer open title={name} onClose={onClose}>
      {live.loading && <Skeleton lines={8} />}
      {live.error && <ErrorState error={live.error} onRetry={() => void live.refresh()} />}
      {live.data && (
        <Tabs
          label={name}
          value={part}
          onChange={setPart}
          tabs={[
            {
              value: "edit",
              label: t.edit,
              content: () => (
                <div class="f-stack">
                  <CodeEditor label={t.edit} language="yaml" value={body} onChange={setText} />
                  <div>
                    <Button
                      look="primary"
                      busy={busy}
                      disabled={!dirty}
                      onClick={() => void save(live.data?.version ?? 0)}
                    >
                      {t.save}
                    </Button>
                  </div>
                </div>
              ),
            },
            { value: "try", label: t.tryOut, content: () => <TryPack name={name} body={body} /> },
            {
              value: "versions",
              label: t.versions,
              content: () => (
                <Versions
                  name={name}
                  body={body}
                  onActivated={(pack) => {
                    live.set(pack);
                    setText(undefined);
                    onChanged();
                  }}
                />
              ),
            },
          ]}
        />
      )}
      {theirs && (
        <Dialog
          open
          size="large"
          title={t.conflict}
          onClose={() => setTheirs(undefined)}
          footer={
            <>
              <Button
                onClick={() => {
                  live.set(theirs);
                  setText(undefined);
                  setTheirs(undefined);
                }}
              >
                {t.theirs}
              </Button>
              <Button look="primary" onClick={() => void save(theirs.version)}>
                {t.mine}
              </Button>
            </>
          }
        >
          <p class="f-muted">{t.conflictText}</p>
          <Diff before={theirs.body ?? ""} after={body} />
        </Dialog>
      )}
    </Drawer>
  );
}

async function orNone(asked: Promise<Pack>, none: Pack): Promise<Pack> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return none;
    throw error;
  }
}

interface Version {
  version: number;
  author: string;
  created_at: string | null;
  active: boolean;
  body: string;
}

interface VersionsProps {
  name: string;
  body: string;
  onActivated: (pack: Pack) => void;
}

function Versions({ name, body, onActivated }: VersionsProps) {
  const path = `/v1/cleaning-packs/${name}`;
  const live = useLive(`pack-versions ${name}`, () => api.get<{ items: Version[] }>(`${path}/versions`));
  const [compared, setCompared] = useState<Version>();
  const activate = async (version: number) => {
    try {
      onActivated(await api.post<Pack>(`${path}/activate`, { version }));
      toast(t.saved(version));
      await live.refresh();
    } catch (error) {
      toastError(error);
    }
  };
  if (live.error) return <ErrorState error={live.error} onRetry={() => void live.refresh()} />;
  if (!live.data) return <Skeleton />;
  return (
    <div class="f-stack">
      {live.data.items.map((version) => (
        <div key={version.version} class="f-row f-row-wrap">
          <Badge tone={version.active ? "success" : "neutral"}>{version.version || t.builtIn}</Badge>
          <span class="f-grow f-muted">
            {version.author} {version.created_at && <DateTime at={version.created_at} />}
          </span>
          <Button size="small" onClick={() => setCompared(version)}>
            {t.compare}
          </Button>
          {version.active ? (
            <span class="f-small f-muted">{t.active}</span>
          ) : (
            <Button size="small" onClick={() => void activate(version.version)}>
              {t.activate}
            </Button>
          )}
        </div>
      ))}
      {compared && <Diff before={compared.body} after={body} height="28rem" />}
    </div>
  );
}
