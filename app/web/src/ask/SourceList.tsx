import { DateTime, Icon } from "../design";
import { grouped } from "../lib/citations";
import { t } from "./messages";
import type { Turn } from "./model";
import { show } from "./panel";

/** The documents an answer rests on, each with up to when its source was followed. */
export function SourceList({ turn }: { turn: Turn }) {
  if (turn.citations.length === 0) return null;
  return (
    <ul class="q-sources" aria-label={t.sources}>
      {grouped(turn.citations, (one) => one.document_id).map((group) => {
        const first = group[0];
        if (!first) return null;
        return (
          <li key={first.document_id}>
            <button type="button" class="q-source" onClick={() => show(first, turn.turn_id)}>
              <Icon name={first.source === "files" ? "document" : "database"} size={16} />
              <span class="f-cut f-strong">{first.title || first.key}</span>
              <span class="q-source-note f-small f-muted">
                {group.map((one) => `[${one.marker}]`).join("")} {first.source === "files" ? t.files : first.source}
                {turn.as_of[first.source] && (
                  <>
                    , {t.asOf} <DateTime at={turn.as_of[first.source]} />
                  </>
                )}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
