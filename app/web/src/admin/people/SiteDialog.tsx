import { useState } from "preact/hooks";
import { Button, confirm, Dialog, Switch, TextArea, TextField, toast, toastError } from "../../design";
import { api } from "../../lib/api";
import { t } from "./messages";
import { OpeningFields } from "./OpeningFields";
import { ALWAYS } from "./opening";
import { Copied, namesIn } from "./parts";
import { type Site, snippetOf } from "./Sites";

interface SiteDialogProps {
  /** Undefined: a new one. */
  site: Site | undefined;
  onClose: () => void;
  onMade: (site: Site & { identity_secret: string }) => void;
  onSaved: () => void;
}

/** One widget site. */
export function SiteDialog({ site, onClose, onMade, onSaved }: SiteDialogProps) {
  const [name, setName] = useState(site?.name ?? "");
  const [origins, setOrigins] = useState(site?.origins.join("\n") ?? "");
  const [en, setEn] = useState(site?.greeting.en ?? "");
  const [zh, setZh] = useState(site?.greeting.zh ?? "");
  const [active, setActive] = useState(site?.active ?? true);
  const [opening, setOpening] = useState(site?.opening ?? ALWAYS);
  const save = async () => {
    const wish = { name: name.trim(), origins: namesIn(origins), greeting: { en, zh } };
    try {
      if (site) await api.patch(`/v1/sites/${site.id}`, { ...wish, opening, active });
      else onMade(await api.post<Site & { identity_secret: string }>("/v1/sites", wish));
      toast(t.saved);
      onSaved();
    } catch (error) {
      toastError(error);
    }
  };
  const remove = async (gone: Site) => {
    const question = { title: t.removeSiteTitle(gone.name), text: t.removeSiteText, action: t.remove, danger: true };
    if (!(await confirm(question))) return;
    try {
      await api.delete(`/v1/sites/${gone.id}`);
      toast(t.deleted(gone.name));
      onSaved();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog
      open
      title={site?.name ?? t.addSite}
      onClose={onClose}
      onSubmit={() => void save()}
      footer={
        <>
          {site && (
            <Button look="danger" icon="trash" onClick={() => void remove(site)}>
              {t.remove}
            </Button>
          )}
          <Button type="submit" look="primary" disabled={!name.trim() || !origins.trim()}>
            {site ? t.save : t.create}
          </Button>
        </>
      }
    >
      <div class="f-stack">
        <TextField label={t.siteName} value={name} onChange={setName} />
        <TextArea label={t.origins} hint={t.originsHint} code rows={3} value={origins} onChange={setOrigins} />
        <TextField label={t.greetingEn} lang="en" optional value={en} onChange={setEn} />
        <TextField label={t.greetingZh} lang="zh" optional value={zh} onChange={setZh} />
        {site && (
          <>
            <OpeningFields value={opening} onChange={setOpening} />
            <Switch label={t.active} checked={active} onChange={setActive} />
            <Copied label={t.publicKey} text={site.public_key} />
            <Copied label={t.snippet} text={snippetOf(site)} />
          </>
        )}
      </div>
    </Dialog>
  );
}
