import { useEffect, useState } from "preact/hooks";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
import { query, setQuery } from "../../lib/router";
import type { DocumentPage, DocumentRow } from "./model";

const PAGE = 200;
const FILTERS = ["q", "source", "state", "reader"] as const;

export type FilterName = (typeof FILTERS)[number];

/** The list as filters and order in the address say, kept current; longer with `more`. */
export function useDocuments() {
  const [pages, setPages] = useState(1);
  const [growing, setGrowing] = useState(false);
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.value.get(name) ?? ""])) as Record<
    FilterName,
    string
  >;
  const sort = query.value.get("sort") ?? "updated_at";
  const descending = query.value.get("order") !== "asc";
  const wanted = JSON.stringify([filters, sort, descending]);
  useEffect(() => setPages(1), [wanted]);
  const { q, ...others } = filters;
  const search = { ...others, query: q, sort, descending };
  const fetcher = async (signal: AbortSignal): Promise<DocumentPage> => {
    const rows: DocumentRow[] = [];
    let page: DocumentPage | undefined;
    for (let number = 0; number < pages; number += 1) {
      const cursor = page?.next_cursor;
      if (number > 0 && !cursor) break;
      const next = await api.get<DocumentPage>("/v1/documents", {
        query: { ...search, limit: PAGE, cursor, count: number === 0 },
        signal,
      });
      rows.push(...next.documents);
      page = { ...next, total: page?.total ?? next.total, states: page?.states ?? next.states };
    }
    setGrowing(false);
    return { next_cursor: null, ...page, documents: rows };
  };
  // A long list is asked for less often: it costs a request for every 200 documents.
  const live = useLive(`documents ${wanted} ${pages}`, fetcher, pages <= 2 ? 3 : 20);
  return {
    ...live,
    filters,
    sorting: { by: sort, descending },
    rows: live.data?.documents ?? [],
    growing,
    more: live.data?.next_cursor
      ? () => {
          setGrowing(true);
          setPages(pages + 1);
        }
      : undefined,
    filter: (name: FilterName, value: string) => setQuery({ [name]: value }),
    sort: (by: string, down: boolean) => setQuery({ sort: by, order: down ? null : "asc" }),
    clear: () => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null]))),
  };
}

export type DocumentList = ReturnType<typeof useDocuments>;
