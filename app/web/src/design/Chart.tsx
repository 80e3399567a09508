import "./Chart.css";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatNumber } from "../lib/format";
import { language } from "../lib/i18n";
import { isDark } from "../lib/theme";
import type { Plot } from "./chart_core";
import { t } from "./messages";

export interface Series {
  label: string;
  /** One value for each moment; null where nothing was measured. */
  values: readonly (number | null)[];
}

export interface ChartProps {
  /** What is shown, for screen readers. */
  label: string;
  /** Moments in seconds since 1970, rising. */
  times: readonly number[];
  /** Up to five lines. */
  series: readonly Series[];
  /** Value → text, on the axis and in the summary; a plain number unless told. */
  format?: (value: number) => string;
  /** In px; 180 unless told. */
  height?: number;
}

/** Lines over time (uPlot, loaded when first shown) in the colours of the theme; its summary is in words beside it. */
export function Chart({ label, times, series, format = plain, height = 180 }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | undefined>(undefined);
  const cursor = useSignal<number | null>(null);
  const dark = isDark();
  const tongue = language.value;
  const names = series.map((one) => one.label).join("\n");
  const isEmpty = times.length === 0;

  // Made anew when its look changes; data is put in below.
  useEffect(() => {
    let gone = false;
    void import("./chart_core").then(({ createPlot }) => {
      if (gone || !host.current) return;
      const look = {
        height,
        format,
        labels: series.map((one) => one.label),
        onCursor: (at: number | null) => (cursor.value = at),
      };
      plot.current = createPlot(host.current, look);
      plot.current.setData(times, series);
    });
    return () => {
      gone = true;
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [dark, tongue, names, height, isEmpty]);
  useEffect(() => plot.current?.setData(times, series), [times, series]);

  if (isEmpty) {
    return (
      <div class="f-chart-empty" style={{ height: `${height}px` }}>
        {t.chartEmpty}
      </div>
    );
  }
  const at = cursor.value ?? times.length - 1;
  return (
    <figure class="f-chart">
      <figcaption class="f-hidden-text">
        {label}. {series.map((one) => summary(one, format)).join("; ")}
      </figcaption>
      <div class="f-chart-legend" aria-hidden="true">
        {series.map((one, index) => (
          <span key={one.label} class={`f-chart-series-${index + 1}`}>
            {one.label} <b>{shown(one.values[at], format)}</b>
          </span>
        ))}
      </div>
      <div ref={host} style={{ height: `${height}px` }} aria-hidden="true" />
    </figure>
  );
}

function summary({ label, values }: Series, format: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${label}: –`;
  const last = known.at(-1) ?? 0;
  return t.chartSummary(label, format(Math.min(...known)), format(Math.max(...known)), format(last));
}

function shown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function plain(value: number): string {
  return formatNumber(value, { maximumFractionDigits: 2 });
}
