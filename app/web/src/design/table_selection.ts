import { useRef } from "preact/hooks";

interface Selection {
  allState: "none" | "some" | "all";
  toggleAll: () => void;
  /** Turn one row; `range` gives every row from the last one turned to this the same state. */
  toggle: (index: number, range: boolean) => void;
}

/** The keys that are selected after row `index` was turned, with or without Shift. */
export function toggled(
  keys: readonly string[],
  selected: ReadonlySet<string>,
  index: number,
  from: number | undefined,
): ReadonlySet<string> {
  const key = keys[index];
  if (key === undefined) return selected;
  const next = new Set(selected);
  const wanted = !selected.has(key);
  const [low, high] = from === undefined ? [index, index] : [Math.min(from, index), Math.max(from, index)];
  for (const one of keys.slice(low, high + 1)) {
    if (wanted) next.add(one);
    else next.delete(one);
  }
  return next;
}

/** What a table does with selected keys; `keys` are those of all rows in order. */
export function useSelection(
  keys: readonly string[],
  selected: ReadonlySet<string> | undefined,
  onSelect: ((selected: ReadonlySet<string>) => void) | undefined,
): Selection {
  const last = useRef<number | undefined>(undefined);
  const chosen = selected ?? new Set<string>();
  const count = keys.filter((key) => chosen.has(key)).length;
  const allState = count === 0 ? "none" : count === keys.length ? "all" : "some";
  return {
    allState,
    toggleAll: () => onSelect?.(allState === "all" ? new Set() : new Set(keys)),
    toggle: (index, range) => {
      onSelect?.(toggled(keys, chosen, index, range ? last.current : undefined));
      last.current = index;
    },
  };
}
