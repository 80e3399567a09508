import { useEffect, useRef, useState } from "preact/hooks";
import { Pagination, Skeleton } from "../design";
import { address, api } from "../lib/api";
import { useLive } from "../lib/live";
import { t } from "./messages";
import type { Citation } from "./model";

interface Marks {
  pages: number;
  width: number;
  height: number;
  boxes: { left: number; top: number; width: number; height: number }[];
}

/** The picture of a page with the cited words marked; `onMissing` where there is none. */
export function PdfPage({ citation, onMissing }: { citation: Citation; onMissing: () => void }) {
  const [page, setPage] = useState(citation.page);
  const first = useRef<HTMLElement>(null);
  const { document_id, version, start, end } = citation;
  const path = `/v1/documents/${document_id}/pages/${page}`;
  const marks = useLive(`marks-${document_id} ${page} ${start}`, (signal) =>
    api.get<Marks>(`${path}/marks`, { query: { start, end, version }, signal }),
  );
  const missing = marks.error?.status === 404;
  useEffect(() => {
    if (missing) onMissing();
  }, [missing]);
  useEffect(() => first.current?.scrollIntoView({ block: "center" }), [marks.data]);
  if (!marks.data) return <Skeleton lines={8} />;
  const { pages, width, height, boxes } = marks.data;
  const percent = (share: number) => `${share * 100}%`;
  return (
    <>
      {pages > 1 && <Pagination page={page} pages={pages} onChange={setPage} />}
      {page === citation.page && boxes.length === 0 && <p class="f-small f-muted">{t.notOnPage}</p>}
      <div class="q-paper" style={{ aspectRatio: `${width} / ${height}` }}>
        <img src={address(path, { version, width: 1400 })} alt={t.pageAlt(page, citation.title)} onError={onMissing} />
        {boxes.map((box, at) => (
          <mark
            key={`${box.left}-${box.top}`}
            ref={at === 0 ? first : undefined}
            class="q-box"
            style={{
              left: percent(box.left),
              top: percent(box.top),
              width: percent(box.width),
              height: percent(box.height),
            }}
          />
        ))}
      </div>
    </>
  );
}
