import { useState } from "preact/hooks";
import { Button, Dialog, PageHead, TextField } from "../design";

interface Head {
  title: string;
  description: string;
  /** What the button says. */
  add: string;
  onAdd: () => void;
}

/** The head of a list to which one can be added. */
export function ListHead({ title, description, add, onAdd }: Head) {
  const button = (
    <Button look="primary" icon="plus" onClick={onAdd}>
      {add}
    </Button>
  );
  return <PageHead title={title} description={description} actions={button} />;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Asks what a new thing is to be called: lower-case letters, digits, `-` and `_`. */
export function NameDialog({
  open,
  title,
  label,
  hint,
  onClose,
  onName,
}: {
  open: boolean;
  title: string;
  label: string;
  hint: string;
  onClose: () => void;
  onName: (name: string) => void;
}) {
  const [name, setName] = useState("");
  const submit = (
    <Button type="submit" look="primary" disabled={!NAME.test(name.trim())}>
      {title}
    </Button>
  );
  return (
    <Dialog
      open={open}
      size="small"
      title={title}
      onClose={onClose}
      onSubmit={() => onName(name.trim())}
      footer={submit}
    >
      <TextField label={label} hint={hint} code value={name} onChange={setName} />
    </Dialog>
  );
}
