import { useId, useRef } from "preact/hooks";
import { Button, Checkbox, DateTime, IconButton, Select } from "../design";
import { place } from "../design/place";
import { api } from "../lib/api";
import { formatNumber } from "../lib/format";
import { useLive } from "../lib/live";
import { filters } from "./conversation";
import { t } from "./messages";
import type { SourceName } from "./model";

/** Narrows the next questions to sources, and to what changed lately. */
export function FilterBar() {
  const chosen = filters.value;
  const isNarrow = chosen.sources.length > 0 || chosen.since !== null;
  return (
    <div class="q-filters">
      <SourceFilter />
      <Select
        label={t.filterTime}
        labelHidden
        value={chosen.since ?? ""}
        onChange={(since) => {
          filters.value = { ...chosen, since: since || null };
        }}
        choices={[
          { value: "", label: t.anyTime },
          { value: "1", label: t.lastDay },
          { value: "7", label: t.lastWeek },
          { value: "30", label: t.lastMonth },
          { value: "365", label: t.lastYear },
        ]}
      />
      {isNarrow && (
        <IconButton
          icon="close"
          label={t.clearFilters}
          onClick={() => {
            filters.value = { sources: [], since: null };
          }}
        />
      )}
    </div>
  );
}

function SourceFilter() {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const names = useLive(
    "source-names",
    (signal) => api.get<{ items: SourceName[] }>("/v1/source-names", { signal }),
    60,
  );
  const chosen = filters.value.sources;
  const items = names.data?.items ?? [];
  const toggle = (name: string, wanted: boolean) => {
    const sources = wanted ? [...chosen, name] : chosen.filter((one) => one !== name);
    filters.value = { ...filters.value, sources };
  };
  return (
    <>
      <Button ref={button} icon="filter" look="quiet" popovertarget={id} aria-haspopup="dialog">
        {chosen.length ? t.someSources(chosen.length) : t.allSources}
      </Button>
      <div
        ref={list}
        id={id}
        popover="auto"
        class="q-sources-menu"
        role="dialog"
        aria-label={t.filterSources}
        onToggle={(event: { newState: string }) => {
          if (event.newState !== "open" || !list.current || !button.current) return;
          place(list.current, button.current, "above");
          list.current.querySelector("input")?.focus();
        }}
      >
        {items.map((one) => (
          <Checkbox
            key={one.name}
            label={one.name === "files" ? t.files : one.name}
            hint={
              <>
                {formatNumber(one.documents)} · {t.asOf} <DateTime at={one.as_of} />
              </>
            }
            checked={chosen.includes(one.name)}
            onChange={(wanted) => toggle(one.name, wanted)}
          />
        ))}
      </div>
    </>
  );
}
