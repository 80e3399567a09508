import { signal } from "@preact/signals";
import { formatMoment, formatRelative, formatShort } from "../lib/format";

const now = signal(new Date());
let ticking = false;

export interface DateTimeProps {
  /** ISO 8601, or a Date. */
  at: string | Date | null | undefined;
  /** relative: "3 minutes ago", kept true; short: time today, date before; full: date and time. */
  form?: "relative" | "short" | "full";
}

/** A moment; the full date and time is its title. A dash where there is none. */
export function DateTime({ at, form = "relative" }: DateTimeProps) {
  const moment = at instanceof Date ? at : new Date(at ?? Number.NaN);
  if (Number.isNaN(moment.getTime())) return <span class="f-muted">–</span>;
  tick();
  const full = formatMoment(moment);
  // What happened since the last tick is not in the future.
  const here = moment > now.value ? new Date(Math.max(now.value.getTime(), Date.now())) : now.value;
  const shown = form === "full" ? full : form === "short" ? formatShort(moment, here) : formatRelative(moment, here);
  return (
    <time class="f-number" dateTime={moment.toISOString()} title={full}>
      {shown}
    </time>
  );
}

function tick(): void {
  if (ticking) return;
  ticking = true;
  setInterval(() => {
    if (document.visibilityState === "visible") now.value = new Date();
  }, 10_000);
}
