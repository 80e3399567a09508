import "./Table.css";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { ApiError } from "../lib/errors";
import { Icon } from "./icons";
import { t } from "./messages";
import { EmptyState, ErrorState, Skeleton } from "./States";
import { useSelection } from "./table_selection";
import { useWindow } from "./table_window";

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ComponentChildren;
  /** The name the server or page sorts by; a column without is not sortable. */
  sort?: string;
  align?: "start" | "end";
  /** As narrow as its content. */
  fit?: boolean;
  /** 1 is always shown, 2 hides below 40 rem of table, 3 below 60 rem. */
  priority?: 1 | 2 | 3;
}

export interface Sorting {
  by: string;
  descending: boolean;
}

export interface TableProps<T> {
  /** What the table holds, for screen readers. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** The name of a row, for screen readers; its key unless told. */
  rowLabel?: (row: T) => string;
  /** Enter or a click on a row. */
  onOpen?: (row: T) => void;
  /** The row that is open in a drawer. */
  openKey?: string;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  /** Keys of selected rows; with it every row has a checkbox (Shift takes a range, Space the focused row). */
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** Buttons for what is selected, above the table. */
  selectionActions?: ComponentChildren;
  loading?: boolean;
  error?: ApiError;
  onRetry?: () => void;
  empty?: ComponentChildren;
  /** There is more behind a cursor: called when the end comes near. */
  onMore?: () => void;
  loadingMore?: boolean;
  /** CSS length; the table scrolls inside it. Needed for long lists: only rows in sight are in the page. */
  height?: string;
  /** Rows as high as their text; for short lists, as it turns windowing off. */
  wraps?: boolean;
  /** Below the rows (totals). */
  foot?: ComponentChildren;
}

/** A dense table for work: sticky head, sorting, selection, keyboard, ten thousand rows. */
export function Table<T>(props: TableProps<T>) {
  const { caption, columns, rows, rowKey, selected, height, wraps, onMore, loadingMore } = props;
  const frame = useRef<HTMLElement>(null);
  const seen = useWindow(frame, rows.length, { off: wraps || !height, onMore: loadingMore ? undefined : onMore });
  const selection = useSelection(rows.map(rowKey), selected, props.onSelect);
  const width = columns.length + (selected ? 1 : 0);
  return (
    <div>
      {selected && selected.size > 0 && (
        <div class="f-table-selection" role="status">
          <span class="f-grow">{t.selected(selected.size)}</span>
          {props.selectionActions}
        </div>
      )}
      <section
        ref={frame}
        class="f-table-frame"
        style={{ "--table-height": height }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={caption}
      >
        <table
          class={`f-table ${wraps ? "f-table-wraps" : ""}`}
          aria-rowcount={rows.length + 1}
          aria-busy={props.loading}
        >
          <caption class="f-hidden-text">{caption}</caption>
          <Head {...props} allState={selection.allState} onAll={selection.toggleAll} />
          <tbody onKeyDown={moveFocus}>
            <Gap height={seen.before} width={width} />
            {rows.slice(seen.from, seen.to).map((row, index) => (
              <Row
                key={rowKey(row)}
                table={props}
                row={row}
                index={seen.from + index}
                onToggle={(range) => selection.toggle(seen.from + index, range)}
              />
            ))}
            <Gap height={seen.after} width={width} />
          </tbody>
        </table>
        <Below {...props} />
      </section>
      {props.foot && <div class="f-table-foot">{props.foot}</div>}
    </div>
  );
}

interface HeadProps<T> extends TableProps<T> {
  allState: "none" | "some" | "all";
  onAll: () => void;
}

function Head<T>({ columns, selected, sorting, onSort, allState, onAll }: HeadProps<T>) {
  return (
    <thead>
      <tr>
        {selected && (
          <th class="f-table-check" scope="col">
            <input
              type="checkbox"
              aria-label={t.selectAll}
              checked={allState === "all"}
              indeterminate={allState === "some"}
              onChange={onAll}
            />
          </th>
        )}
        {columns.map((column) => {
          const active = column.sort !== undefined && sorting?.by === column.sort;
          const order = active ? (sorting?.descending ? "descending" : "ascending") : undefined;
          return (
            <th key={column.key} scope="col" class={cellClass(column)} aria-sort={order}>
              {column.sort && onSort ? (
                <button
                  type="button"
                  class="f-table-sort"
                  data-tip={t.sortBy(column.title)}
                  onClick={() => onSort({ by: column.sort ?? "", descending: active && !sorting?.descending })}
                >
                  {column.title}
                  <Icon name={order === "descending" ? "arrow-down" : "arrow-up"} size={13} />
                </button>
              ) : (
                column.title
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface RowProps<T> {
  table: TableProps<T>;
  row: T;
  index: number;
  onToggle: (range: boolean) => void;
}

function Row<T>({ table, row, index, onToggle }: RowProps<T>) {
  const { columns, rowKey, rowLabel, onOpen, openKey, selected } = table;
  const key = rowKey(row);
  const isSelected = selected?.has(key) ?? false;
  const open = (event: Event) => {
    if (!(event.target as Element).closest("a, button, input, label")) onOpen?.(row);
  };
  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter") onOpen?.(row);
    if (event.key === " " && selected) {
      event.preventDefault();
      onToggle(event.shiftKey);
    }
  };
  return (
    <tr
      class={`f-table-row ${onOpen ? "f-table-open" : ""}`}
      aria-rowindex={index + 2}
      aria-selected={selected || openKey ? isSelected || openKey === key : undefined}
      tabIndex={onOpen || selected ? 0 : undefined}
      onClick={onOpen && open}
      onKeyDown={press}
    >
      {selected && (
        <td class="f-table-check">
          <input
            type="checkbox"
            checked={isSelected}
            aria-label={t.selectRow(rowLabel?.(row) ?? key)}
            onClick={(event) => onToggle(event.shiftKey)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.key} class={cellClass(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function Gap({ height, width }: { height: number; width: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: no row of height alone takes focus
    <tr class="f-table-gap" aria-hidden="true">
      <td colSpan={width} style={{ height: `${height}px` }} />
    </tr>
  );
}

function Below<T>({ rows, loading, error, onRetry, empty, loadingMore }: TableProps<T>) {
  if (error && rows.length === 0) return <ErrorState error={error} onRetry={onRetry} />;
  if (loading && rows.length === 0) {
    return (
      <div class="f-table-pad">
        <Skeleton lines={6} />
      </div>
    );
  }
  if (rows.length === 0) return <>{empty ?? <EmptyState />}</>;
  if (!loadingMore) return null;
  return (
    <div class="f-table-pad f-muted" role="status">
      {t.loadingMore}
    </div>
  );
}

function cellClass<T>(column: Column<T>): string {
  const end = column.align === "end" ? "f-table-end" : "";
  return `${end} ${column.fit ? "f-table-fit" : ""} ${column.priority && column.priority > 1 ? `f-col-${column.priority}` : ""}`;
}

function moveFocus(event: KeyboardEvent): void {
  const row = event.target as HTMLElement;
  if (row.tagName !== "TR" || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
  if (!(next instanceof HTMLElement) || next.tabIndex < 0) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
