import { useState } from "preact/hooks";
import { Button, TextField } from "../design";
import { ask } from "./conversation";
import { t } from "./messages";
import type { Slot } from "./model";

const TYPES: Record<string, "date" | "tel" | "email"> = { date: "date", phone: "tel", email: "email" };

/** A field that fits what the assistant asks for. */
export function SlotInput({ slot }: { slot: Slot }) {
  const [value, setValue] = useState("");
  return (
    <form
      class="q-slot"
      onSubmit={(event) => {
        event.preventDefault();
        ask(value);
      }}
    >
      <TextField
        label={slot.kind === "date" ? t.chooseDate : t.slotValue}
        labelHidden
        type={TYPES[slot.kind] ?? "text"}
        code={slot.kind === "pattern"}
        value={value}
        onChange={setValue}
      />
      <Button look="primary" type="submit" disabled={!value.trim()}>
        {t.send}
      </Button>
    </form>
  );
}
