import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Seen {
  from: number;
  to: number;
  /** Pixels of rows that are not in the page, above and below. */
  before: number;
  after: number;
}

const AHEAD_ROWS = 12;
const SMALL = 80;

/** Which of `count` rows are in sight when `height` pixels are shown from `top` on, with a few more on both sides. */
export function rowsInSight(count: number, rowHeight: number, top: number, height: number): Seen {
  const from = Math.max(0, Math.min(count, Math.floor(top / rowHeight)) - AHEAD_ROWS);
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + AHEAD_ROWS);
  return { from, to, before: from * rowHeight, after: (count - to) * rowHeight };
}

/** Follows the scrolling of `frame`; `onMore` is called when its end is less than a window away. */
export function useWindow(
  frame: RefObject<HTMLElement | null>,
  count: number,
  options: { off: boolean; onMore?: () => void },
): Seen {
  const [view, setView] = useState({ top: 0, height: 800, row: 37 });
  const { off, onMore } = options;
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = () => {
      const row = element.querySelector<HTMLElement>(".f-table-row")?.offsetHeight ?? 37;
      const { scrollTop: top, clientHeight: height, scrollHeight } = element;
      if (!off && count > SMALL) {
        setView((old) =>
          Math.abs(old.top - top) < row && old.height === height && old.row === row ? old : { top, height, row },
        );
      }
      if (onMore && height > 0 && scrollHeight - top - height < height) onMore();
    };
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [frame, count, off, onMore]);
  if (off || count <= SMALL) return { from: 0, to: count, before: 0, after: 0 };
  return rowsInSight(count, view.row, view.top, view.height);
}
