/** When people answer on a site: hours of the week as text, and as the API has them. */

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

export interface Span {
  from: string;
  until: string;
}

export interface Opening {
  timezone: string;
  week: Partial<Record<Day, Span[]>>;
  closed_on: string[];
  closed_text: { en?: string; zh?: string };
}

export const ALWAYS: Opening = { timezone: "UTC", week: {}, closed_on: [], closed_text: {} };

/** `09:00-12:00, 13:00-18:00`. */
export function hoursText(spans: readonly Span[] | undefined): string {
  return (spans ?? []).map(({ from, until }) => `${from}-${until}`).join(", ");
}

/** The spans that were typed; null where they are none. */
export function readHours(text: string): Span[] | null {
  const spans = text
    .split(/[,，;；]/)
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => /^(\d{1,2}:\d{2})\s*[-–—~至]\s*(\d{1,2}:\d{2})$/.exec(one));
  if (spans.some((one) => one === null)) return null;
  return spans.map((one) => ({ from: padded(one?.[1] ?? ""), until: padded(one?.[2] ?? "") }));
}

function padded(clock: string): string {
  return clock.padStart(5, "0");
}
