import { effect, type Signal, signal } from "@preact/signals";

const PREFIX = "freshet.";

/**
 * A signal whose value the browser keeps, shared by all tabs. `accept` refuses what another version wrote.
 * Where nothing can be kept (private windows), it is an ordinary signal.
 */
export function persisted<T>(name: string, initial: T, accept: (value: unknown) => value is T): Signal<T> {
  const key = PREFIX + name;
  const kept = signal<T>(read(key, accept) ?? initial);
  let first = true;
  effect(() => {
    const text = JSON.stringify(kept.value);
    if (!first) write(key, text);
    first = false;
  });
  globalThis.addEventListener?.("storage", (event: StorageEvent) => {
    if (event.key === key) kept.value = read(key, accept) ?? initial;
  });
  return kept;
}

/** A check for `persisted`: one of the given texts. */
export function oneOf<const T extends string>(...values: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => values.includes(value as T);
}

/** A check for `persisted`: true or false. */
export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";

/** A check for `persisted`: a finite number. */
export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** Text that must survive a reload (an unsent question, an unsaved contract), per tab; "" forgets it. */
export const drafts = {
  read(name: string): string {
    try {
      return sessionStorage.getItem(`${PREFIX}draft.${name}`) ?? "";
    } catch {
      return "";
    }
  },
  write(name: string, text: string): void {
    try {
      if (text) sessionStorage.setItem(`${PREFIX}draft.${name}`, text);
      else sessionStorage.removeItem(`${PREFIX}draft.${name}`);
    } catch {
      // Nothing can be kept here; the text is still in the field.
    }
  },
};

function read<T>(key: string, accept: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return accept(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // As above.
  }
}
