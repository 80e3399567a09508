/** uPlot as the pages use it. Only Chart.tsx imports this, lazily. */
import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { languageTag } from "../lib/i18n";
import type { Series } from "./Chart";

export interface PlotLook {
  height: number;
  labels: readonly string[];
  format: (value: number) => string;
  /** The index of the moment under the pointer; null when it is elsewhere. */
  onCursor: (index: number | null) => void;
}

export interface Plot {
  setData(times: readonly number[], series: readonly Series[]): void;
  destroy(): void;
}

export function createPlot(host: HTMLElement, look: PlotLook): Plot {
  const plot = new uPlot(options(host, look), [[]], host);
  const watcher = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height: look.height });
  });
  watcher.observe(host);
  return {
    setData: (times, series) =>
      plot.setData([[...times], ...series.map((one) => [...one.values])] as uPlot.AlignedData),
    destroy() {
      watcher.disconnect();
      plot.destroy();
    },
  };
}

function options(host: HTMLElement, look: PlotLook): uPlot.Options {
  const colour = (name: string) => colourOf(host, name);
  const axis = { stroke: colour("--text-faint"), font: `11px ${getComputedStyle(host).fontFamily}` };
  const grid = { stroke: colour("--line"), width: 1 };
  return {
    width: Math.max(200, host.clientWidth),
    height: look.height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, low, high) => [Math.min(0, low ?? 0), (high ?? 1) > 0 ? (high ?? 1) * 1.1 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, ticks: { show: false }, values: (_plot, times) => timeLabels(times) },
      { ...axis, grid, ticks: { show: false }, size: 64, values: (_plot, values) => values.map(look.format) },
    ],
    series: [
      {},
      ...look.labels.map((label, index) => ({
        label,
        stroke: colour(`--series-${(index % 5) + 1}`),
        width: 1.75,
        fill: look.labels.length === 1 ? alpha(colour("--series-1")) : undefined,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: { setCursor: [(plot) => look.onCursor(plot.cursor.idx ?? null)] },
  };
}

/** A token as the colour it is now: canvas knows neither var() nor light-dark(). */
function colourOf(host: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  host.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function alpha(colour: string): string {
  return colour.replace(/^rgb\(([^)]*)\)$/, "rgba($1, 0.12)");
}

function timeLabels(seconds: readonly number[]): string[] {
  const step = (seconds[1] ?? 0) - (seconds[0] ?? 0);
  const format = new Intl.DateTimeFormat(
    languageTag.value,
    step >= 86_400
      ? { month: "short", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", second: step < 60 ? "2-digit" : undefined },
  );
  return seconds.map((at) => format.format(new Date(at * 1000)));
}
