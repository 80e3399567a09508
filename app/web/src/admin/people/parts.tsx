import { Button, Checkbox, Dialog, TextField, toast } from "../../design";
import type { Role } from "../../lib/session";
import { t } from "./messages";

export const ROLES: readonly Role[] = ["customer", "employee", "agent", "editor", "admin"];

/** A box for each role. */
export function RoleBoxes({
  label,
  value,
  onChange,
}: {
  label: string;
  value: readonly string[];
  onChange: (roles: string[]) => void;
}) {
  return (
    <fieldset class="f-stack f-stack-tight">
      <legend class="f-label">{label}</legend>
      {ROLES.map((role) => (
        <Checkbox
          key={role}
          label={t[role]}
          checked={value.includes(role)}
          onChange={(checked) => onChange(checked ? [...value, role] : value.filter((one) => one !== role))}
        />
      ))}
    </fieldset>
  );
}

/** Something to take along, with a button that copies it. */
export function Copied({ label, text }: { label: string; text: string }) {
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast(t.copied),
      () => undefined,
    );
  return (
    <div class="f-stack f-stack-tight">
      <TextField
        label={label}
        code
        readOnly
        value={text}
        onChange={() => undefined}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div>
        <Button size="small" icon="copy" onClick={() => void copy()}>
          {t.copy}
        </Button>
      </div>
    </div>
  );
}

interface OnceDialogProps {
  title: string;
  /** What it is for. */
  note?: string;
  /** Label and text of each thing to take along. */
  items: readonly [string, string][];
  onClose: () => void;
}

/** A secret that is shown once. */
export function OnceDialog({ title, note, items, onClose }: OnceDialogProps) {
  return (
    <Dialog
      open
      title={title}
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          {t.done}
        </Button>
      }
    >
      <div class="f-stack">
        <p>{t.once}</p>
        {note && <p class="f-muted">{note}</p>}
        {items.map(([label, text]) => (
          <Copied key={label} label={label} text={text} />
        ))}
      </div>
    </Dialog>
  );
}

/** Names that were typed with commas or lines between them. */
export function namesIn(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,，;；\n]/)
        .map((one) => one.trim())
        .filter(Boolean),
    ),
  ];
}
