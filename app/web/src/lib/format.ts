/** Numbers, sizes and times in the language in force. All functions subscribe the component that calls them. */
import { languageTag } from "./i18n";

export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(languageTag.value, options).format(value);
}

/** A share of 1 as per cent: .125 → "12.5%". */
export function formatShare(share: number): string {
  return formatNumber(share, { style: "percent", maximumFractionDigits: 1 });
}

/** Bytes in kB, MB or GB (of 1,024), as upload limits count them. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${formatNumber(value, { maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1 })} ${units[unit]}`;
}

/** How long something takes: 340 ms, 12.3 s, 5 min, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  const unit = (value: number, name: string, digits = 0) =>
    formatNumber(value, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits });
  if (seconds < 1) return unit(Math.round(seconds * 1000), "millisecond");
  if (seconds < 60) return unit(seconds, "second", seconds < 10 ? 1 : 0);
  if (seconds < 3600) return unit(Math.round(seconds / 60), "minute");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.round((seconds % 3600) / 60);
  return minutes ? `${unit(hours, "hour")} ${unit(minutes, "minute")}` : unit(hours, "hour");
}

/** Date and time in full, to the second. */
export function formatMoment(at: Date): string {
  return new Intl.DateTimeFormat(languageTag.value, { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

/** The time alone, when `at` is today; else the date. */
export function formatShort(at: Date, now: Date = new Date()): string {
  const today = at.toDateString() === now.toDateString();
  const sameYear = at.getFullYear() === now.getFullYear();
  const options: Intl.DateTimeFormatOptions = today
    ? { hour: "2-digit", minute: "2-digit" }
    : { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) };
  return new Intl.DateTimeFormat(languageTag.value, options).format(at);
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
  ["week", 4.345],
  ["month", 12],
  ["year", Number.POSITIVE_INFINITY],
];

/** "3 minutes ago", "in 2 days", "yesterday"; within five seconds "now". */
export function formatRelative(at: Date, now: Date = new Date()): string {
  const relative = new Intl.RelativeTimeFormat(languageTag.value, { numeric: "auto" });
  let value = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(value) < 5) return relative.format(0, "second");
  for (const [unit, size] of STEPS) {
    if (Math.abs(value) < size) return relative.format(Math.trunc(value), unit);
    value /= size;
  }
  return formatMoment(at);
}
