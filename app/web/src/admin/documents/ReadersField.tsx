import { useState } from "preact/hooks";
import { Button, Chip, Field } from "../../design";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
import { t } from "./messages";

interface Group {
  name: string;
  description: string;
}

/** Who may read: groups that are known as buttons, anything else typed in (`user:ann`). */
export function ReadersField({ value, onChange, error }: ReadersFieldProps) {
  const groups = useLive("groups", () => api.get<{ items: Group[] }>("/v1/groups"));
  const [typed, setTyped] = useState("");
  const known = ["public", ...(groups.data?.items.map((group) => group.name) ?? [])];
  const open = known.filter((name) => !value.includes(name));
  const add = (name: string) => {
    const wanted = name
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part && !value.includes(part));
    if (wanted.length > 0) onChange([...value, ...wanted]);
    setTyped("");
  };
  return (
    <Field label={t.readers} hint={t.readersHint} error={error}>
      {(described) => (
        <div class="f-stack f-stack-tight">
          <div class="f-row f-row-wrap">
            {value.map((name) => (
              <Chip
                key={name}
                icon={iconOf(name)}
                label={nameOf(name)}
                onRemove={() => onChange(without(value, name))}
              />
            ))}
            {value.length === 0 && <span class="f-muted f-small">{t.noReaders}</span>}
          </div>
          <div class="f-row">
            <input
              {...described}
              class="f-input"
              value={typed}
              placeholder={t.readerPlaceholder}
              list={`${described.id}-known`}
              onInput={(event) => setTyped(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || !typed.trim()) return;
                event.preventDefault();
                add(typed);
              }}
            />
            <Button icon="plus" disabled={!typed.trim()} onClick={() => add(typed)}>
              {t.add}
            </Button>
          </div>
          <datalist id={`${described.id}-known`}>
            {open.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <div class="f-row f-row-wrap">
            {open.slice(0, 12).map((name) => (
              <Chip key={name} icon="plus" label={nameOf(name)} onClick={() => add(name)} />
            ))}
          </div>
        </div>
      )}
    </Field>
  );
}

interface ReadersFieldProps {
  value: readonly string[];
  onChange: (readers: string[]) => void;
  error?: string;
}

/** A reader's name for people: `public` is everybody. */
export function nameOf(reader: string): string {
  return reader === "public" ? t.everybody : reader.replace(/^user:/, "");
}

export function iconOf(reader: string): "globe" | "user" | "users" {
  if (reader === "public") return "globe";
  return reader.startsWith("user:") ? "user" : "users";
}

function without(readers: readonly string[], name: string): string[] {
  return readers.filter((reader) => reader !== name);
}
