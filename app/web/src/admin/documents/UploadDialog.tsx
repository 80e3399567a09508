import { useState } from "preact/hooks";
import { Badge, Button, Dialog } from "../../design";
import { formatBytes } from "../../lib/format";
import { t } from "./messages";
import type { Limits } from "./model";
import { ReadersField } from "./ReadersField";
import { type Chosen, enqueue, refusal } from "./upload_queue";

export interface UploadDialogProps {
  chosen: readonly Chosen[];
  limits: Limits | undefined;
  onClose: () => void;
}

const NO_LIMITS: Limits = { max_file_bytes: Number.POSITIVE_INFINITY, piece_bytes: 0, refused_extensions: [] };
let remembered: string[] = [];

/** Why a file is not worth sending, in the language in force; "" when it is. */
export function reasonOf(file: File, limits: Limits = NO_LIMITS): string {
  return refusal(file, limits, {
    empty: t.empty,
    tooLarge: (limit) => t.tooLarge(formatBytes(limit)),
    kind: t.kind,
  });
}

/** Who may read the files that were chosen; says before sending which of them cannot be taken. */
export function UploadDialog({ chosen, limits, onClose }: UploadDialogProps) {
  const [readers, setReaders] = useState(remembered);
  const [error, setError] = useState("");
  const refused = chosen.filter(({ file }) => reasonOf(file, limits));
  const size = chosen.reduce((sum, { file }) => sum + file.size, 0);
  const submit = () => {
    if (readers.length === 0) return setError(t.needReaders);
    remembered = readers;
    enqueue(chosen, { readers }, (file) => reasonOf(file, limits));
    onClose();
  };
  return (
    <Dialog
      open
      title={t.upload}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" look="primary" icon="upload" disabled={refused.length === chosen.length}>
            {t.start(chosen.length - refused.length)}
          </Button>
        </>
      }
    >
      <div class="f-stack">
        <p class="f-muted">
          {t.chosen(chosen.length, formatBytes(size))}. {limits && t.limits(formatBytes(limits.max_file_bytes))}
        </p>
        {refused.length > 0 && (
          <ul class="f-stack f-stack-tight">
            {refused.slice(0, 20).map(({ file, path }) => (
              <li key={path || file.name} class="f-row">
                <Badge tone="warning">{t.refused}</Badge>
                <span class="f-cut">{path || file.name}</span>
                <span class="f-muted f-small">{reasonOf(file, limits)}</span>
              </li>
            ))}
          </ul>
        )}
        <ReadersField value={readers} onChange={setReaders} error={readers.length === 0 ? error : undefined} />
      </div>
    </Dialog>
  );
}
