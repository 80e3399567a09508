import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Button, Dialog, ErrorState, Skeleton, TextField, toast, toastError } from "../design";
import { api } from "../lib/api";
import { href } from "../lib/paths";
import { conversationId } from "./conversation";
import { copy } from "./copying";
import { t } from "./messages";

/** Makes the link, shows it, and takes it back. */
export function ShareDialog({ onClose }: { onClose: () => void }) {
  const link = useSignal("");
  const failure = useSignal<unknown>(undefined);
  const path = `/v1/conversations/${conversationId.value}/share`;
  const make = () => {
    failure.value = undefined;
    api.post<{ url: string }>(path).then(
      (share) => (link.value = location.origin + href(share.url)),
      (error) => (failure.value = error),
    );
  };
  useEffect(make, []);
  const unshare = async () => {
    try {
      await api.delete(path);
      toast(t.unshared);
      onClose();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog
      open
      title={t.shareTitle}
      onClose={onClose}
      footer={
        <>
          <Button look="quiet" onClick={() => void unshare()}>
            {t.unshare}
          </Button>
          <Button look="primary" icon="copy" disabled={!link.value} onClick={() => void copy(link.value, t.linkCopied)}>
            {t.copyLink}
          </Button>
        </>
      }
    >
      <div class="f-stack">
        <p class="f-muted">{t.shareText}</p>
        {failure.value ? (
          <ErrorState error={failure.value} onRetry={make} />
        ) : link.value ? (
          <TextField
            label={t.shareLink}
            readOnly
            value={link.value}
            onChange={() => {}}
            onFocus={(event) => event.currentTarget.select()}
          />
        ) : (
          <Skeleton lines={1} />
        )}
      </div>
    </Dialog>
  );
}
