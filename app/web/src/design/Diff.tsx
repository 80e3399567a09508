import "./Diff.css";
import { useMemo, useState } from "preact/hooks";
import { compareLines, type DiffLine, fold } from "./diff_lines";
import { t } from "./messages";
import { EmptyState } from "./States";

export interface DiffProps {
  before: string;
  after: string;
  /** Equal lines shown around a change; the others fold. */
  around?: number;
  /** CSS length; scrolls inside it. */
  height?: string;
}

/** What changed from one text to another, line by line, with changed words marked. */
export function Diff({ before, after, around = 3, height }: DiffProps) {
  const pieces = useMemo(() => fold(compareLines(before, after), around), [before, after, around]);
  if (before === after) return <EmptyState icon="check" title={t.same} />;
  return (
    <div class="f-diff" style={{ "--diff-height": height }}>
      {pieces.map((piece, index) =>
        "folded" in piece ? <Fold key={`fold-${index}`} lines={piece.folded} /> : <Line key={index} line={piece} />,
      )}
    </div>
  );
}

function Fold({ lines }: { lines: readonly DiffLine[] }) {
  const [open, setOpen] = useState(false);
  if (open) return lines.map((line) => <Line key={line.before} line={line} />);
  return (
    <button type="button" class="f-diff-fold" onClick={() => setOpen(true)}>
      ⋯ {t.unchanged(lines.length)}
    </button>
  );
}

const SIGNS = { same: "", added: "+", removed: "−" } as const;

function Line({ line }: { line: DiffLine }) {
  const told = line.kind === "added" ? t.added : line.kind === "removed" ? t.removed : "";
  const Mark = line.kind === "added" ? "ins" : "del";
  return (
    <div class={`f-diff-line f-diff-${line.kind}`}>
      <span class="f-diff-number">{line.before}</span>
      <span class="f-diff-number">{line.after}</span>
      <span class="f-diff-sign" aria-hidden="true">
        {SIGNS[line.kind]}
      </span>
      <span>
        {told && <span class="f-hidden-text">{told}: </span>}
        {line.parts.map((part, index) => (part.changed ? <Mark key={index}>{part.text}</Mark> : part.text))}
      </span>
    </div>
  );
}
