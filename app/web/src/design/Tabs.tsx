import "./Tabs.css";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Badge } from "./Badge";

export interface Tab<V extends string> {
  value: V;
  label: string;
  count?: number;
  content: () => ComponentChildren;
}

export interface TabsProps<V extends string> {
  label: string;
  tabs: readonly Tab<V>[];
  value: V;
  onChange: (value: V) => void;
}

/** Tabs and the panel of the chosen one; arrow keys, Home and End move between them (WAI-ARIA tabs). */
export function Tabs<V extends string>({ label, tabs, value, onChange }: TabsProps<V>) {
  const id = useId();
  const chosen = tabs.find((tab) => tab.value === value) ?? tabs[0];
  const move = (event: KeyboardEvent) => {
    const index = tabs.findIndex((tab) => tab.value === chosen?.value);
    const steps: Record<string, number> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const wanted = steps[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const next = tabs[(wanted + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.value);
    document.getElementById(`${id}-${next.value}`)?.focus();
  };
  return (
    <div>
      <div class="f-tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.value}
            id={`${id}-${tab.value}`}
            type="button"
            class="f-tab"
            role="tab"
            aria-selected={tab === chosen}
            aria-controls={tab === chosen ? `${id}-panel` : undefined}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => onChange(tab.value)}
          >
            {tab.label}
            {tab.count !== undefined && <Badge>{tab.count}</Badge>}
          </button>
        ))}
      </div>
      <div class="f-tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen?.value}`}>
        {chosen?.content()}
      </div>
    </div>
  );
}
