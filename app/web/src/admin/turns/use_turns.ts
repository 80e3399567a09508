import { useEffect, useState } from "preact/hooks";
import { toastError } from "../../design";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
import type { Turn, TurnPage } from "./model";

export type Filters = Record<string, string>;

/** The newest turns that fit, kept up to date, and older ones as they are asked for. */
export function useTurns(filters: Filters) {
  const key = JSON.stringify(filters);
  const ask = (cursor: string | null, signal?: AbortSignal) =>
    api.get<TurnPage>("/v1/turns", { query: { ...filters, cursor, limit: 50 }, ...(signal ? { signal } : {}) });
  const live = useLive(`turns ${key}`, (signal) => ask(null, signal), 8);
  const [older, setOlder] = useState<{ key: string; page: TurnPage }>();
  const [loadingMore, setLoadingMore] = useState(false);
  useEffect(() => setOlder(undefined), [key]);
  const known = older?.key === key ? older.page : undefined;
  const cursor = known ? known.next_cursor : (live.data?.next_cursor ?? null);
  const more = async () => {
    if (!cursor || loadingMore) return;
    setLoadingMore(true);
    try {
      const page = await ask(cursor);
      setOlder({ key, page: { items: [...(known?.items ?? []), ...page.items], next_cursor: page.next_cursor } });
    } catch (error) {
      toastError(error);
    }
    setLoadingMore(false);
  };
  return { live, rows: joined(live.data?.items ?? [], known?.items ?? []), cursor, more, loadingMore };
}

/** Newest first, each once. */
function joined(newest: readonly Turn[], older: readonly Turn[]): Turn[] {
  const seen = new Set(newest.map((one) => one.turn_id));
  return [...newest, ...older.filter((one) => !seen.has(one.turn_id))];
}
