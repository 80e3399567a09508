import { useState } from "preact/hooks";
import { Button, Dialog, toastError } from "../../design";
import { changeMany, toastOutcomes } from "./Documents";
import { t } from "./messages";
import { ReadersField } from "./ReadersField";

export interface ReadersDialogProps {
  ids: readonly string[];
  onClose: () => void;
  onDone: () => void;
}

/** Other readers for many documents. */
export function ReadersDialog({ ids, onClose, onDone }: ReadersDialogProps) {
  const [readers, setReaders] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async () => {
    if (readers.length === 0) return setError(t.needReaders);
    setBusy(true);
    try {
      toastOutcomes(await changeMany(ids, { action: "readers", readers }), t.changed);
      onDone();
      onClose();
    } catch (failure) {
      toastError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={t.changeReadersFor(ids.length)}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {t.save}
          </Button>
        </>
      }
    >
      <ReadersField value={readers} onChange={setReaders} error={readers.length === 0 ? error : undefined} />
    </Dialog>
  );
}
